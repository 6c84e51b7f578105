import { dirname, extname, join } from 'node:path';
import { resolvedYaml } from '../config/load.js';
import { isRun } from '../runs/run-folder.js';
import { lockFolder, type Lock } from '../runs/lock.js';
import { stateOf } from '../util/process-identity.js';
import { removeTemporaries, writeFileAtomic } from '../util/writing/atomic-write.js';
import { refuseChanges } from './changes.js';
import { readLedger, type LedgerFile, type LedgerJob } from './ledger-file.js';
import { Ledger } from './ledger.js';
import { isFinished } from './outcome.js';
import type { SweepJob, SweepPlan } from './plan.js';
import { makeFolder } from '../util/writing/make-folder.js';
import { explainWriteError } from '../util/system-error.js';

/** A sweep's folder, open to one process. */
export interface OpenSweep {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/**
 * Takes the folder of a sweep: its lock, its ledger as the run folders show it now, a copy of the sweep
 * file, and the config of every job.
 *
 * @throws InvolveError (exit code 2) when another process has the sweep (E_RUN_LOCKED), or when jobs were
 * taken away or changed since it began (E_SWEEP_CHANGED)
 */
export async function openSweep(plan: SweepPlan): Promise<OpenSweep> {
  const { dir, source } = plan;
  try {
    await makeFolder(dir);
  } catch (error) {
    throw explainWriteError(error, dir) ?? error;
  }
  const lock: Lock = await lockFolder(dir);
  try {
    await removeTemporaries(dir);
    const before = await readLedger(dir);
    const jobs = await lookAt(plan, before);
    const head = {
      version: 1,
      sweep: plan.name,
      description: source.sweep.description,
      file: source.label,
      command: plan.command,
      created: before?.created ?? new Date().toISOString(),
    } as const;
    await writeFileAtomic(join(dir, `sweep${extname(source.file)}`), source.text);
    await writeJobConfigs(plan);
    const ledger = new Ledger(dir, head, jobs);
    await ledger.save();
    return { ledger, close: () => lock.release() };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * What is known of the jobs of a plan, from the ledger and from the run folders; changes nothing.
 *
 * @throws InvolveError E_SWEEP_CHANGED
 */
export async function lookAt(plan: SweepPlan, ledger: LedgerFile | undefined): Promise<LedgerJob[]> {
  await refuseChanges(plan, ledger);
  const known = new Map(ledger?.jobs.map((job) => [job.folder, job]));
  return Promise.all(plan.jobs.map((job) => asItIs(job, known.get(job.id))));
}

// --- internal ---

/** The run folder knows better than a ledger whose writer was killed. */
async function asItIs(job: SweepJob, before: LedgerJob | undefined): Promise<LedgerJob> {
  const { name, seed, id, changes, fingerprint } = job;
  const same = { name, seed, folder: id, changes, fingerprint };
  const entry: LedgerJob = { state: 'pending', attempts: 0, ...before, ...same };
  if (await isFinished(job.dir)) return { ...without(entry), ...same, state: 'done' };
  const isHere = entry.process !== undefined && stateOf(entry.process) === 'running';
  if (entry.state === 'running' && isHere) return entry;
  if (entry.slurm !== undefined && (entry.state === 'queued' || entry.state === 'running')) return entry;
  if (entry.state === 'failed') return entry;
  return { ...without(entry), state: (await isRun(job.dir)) ? 'stopped' : 'pending' };
}

/** Without what is only true while a job runs. */
function without({ process: _process, slurm: _slurm, failure: _failure, ...entry }: LedgerJob): LedgerJob {
  return entry;
}

/** Jobs are started with these, so that an edit of a config cannot reach into a sweep that is under way. */
async function writeJobConfigs(plan: SweepPlan): Promise<void> {
  const first = new Map([...plan.jobs].reverse().map((job) => [job.configFile, job]));
  for (const job of first.values()) {
    await makeFolder(dirname(job.configFile));
    const changed = Object.entries(job.changes).map(
      ([path, value]) => `# ${path}: ${JSON.stringify(value)}\n`,
    );
    const head = `# A job of the sweep ${plan.name}, with every default filled in.\n${changed.join('')}`;
    await writeFileAtomic(job.configFile, `${head}${resolvedYaml(job.experiment)}`);
  }
}

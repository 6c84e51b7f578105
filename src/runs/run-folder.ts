import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeTemporaries, syncFolder } from '../util/writing/atomic-write.js';
import { badInput, type InvolveError } from '../util/errors.js';
import { removeOtherEpochs } from './epoch-checkpoints.js';
import { repairLines } from './line-file.js';
import { lockFolder, type Lock } from './lock.js';
import { isRun, loadCheckpoint, notARun } from './read-run.js';
import { writeConfig } from './record/config-yaml.js';
import { readEnvironment, writeEnvironment, type EnvironmentRecord } from './record/environment.js';
import { appendEvent, type EventFields, type EventType } from './record/events-jsonl.js';
import { appendMetrics, restoreMetrics, type EpochMetrics } from './record/metrics-csv.js';
import { writeSummary, type RunSummary } from './record/summary.js';
import { runPaths, type CheckpointName } from './run-paths.js';
import { writeSafetensors, type TensorFile } from './safetensors.js';
import { makeFolder } from '../util/writing/make-folder.js';
import { errorCode, explainWriteError } from '../util/system-error.js';

export { isRun, openRunForReading, type RunRecord } from './read-run.js';

/**
 * The one writer of a run folder; it holds the lock until `close`.
 *
 * At the end of an epoch write in this order: the row, then `best` and the epoch's own checkpoint, then `last`; and
 * only then remove those of other epochs. A resume goes on from `last` and does again whatever came after it, so nothing
 * that `last` has counted may be missing.
 */
export interface Run {
  readonly dir: string;
  /** Adds a line to events.jsonl, on the disk when it returns. Meant for what happens a few times an epoch. */
  event<Type extends EventType>(type: Type, fields: EventFields<Type>): void;
  appendMetrics(row: EpochMetrics): Promise<void>;
  /** Cuts metrics.csv back to the rows of the first epochs, and puts rows back that were lost. */
  restoreMetrics(epochs: number, lost?: readonly EpochMetrics[]): Promise<void>;
  /** Replaces a checkpoint; its tensors must not change until this is done. On failure the old one stays. */
  saveCheckpoint(name: CheckpointName, file: TensorFile): Promise<void>;
  /** Removes the checkpoints of all epochs but these. */
  keepEpochs(epochs: readonly number[]): Promise<void>;
  /** Undefined when none was saved yet; a damaged one is bad input. */
  loadCheckpoint(name: CheckpointName): Promise<TensorFile | undefined>;
  writeSummary(summary: RunSummary): Promise<void>;
  /** Waits for what is being written and gives the folder free. May be called again. */
  close(): Promise<void>;
}

export interface CreateRunOptions {
  readonly dir: string;
  /** The resolved config, as YAML. */
  readonly config: string;
  readonly environment: EnvironmentRecord;
  /**
   * For `--resume` without a run: take an existing folder that no run was started in, such as one
   * whose process was killed before its config was written.
   */
  readonly reuseUnstarted?: boolean;
}

/** Creates a run folder; an existing one is bad input. */
export async function createRun(options: CreateRunOptions): Promise<Run> {
  const { dir } = options;
  const paths = runPaths(dir);
  await takeFolder(dir, options.reuseUnstarted === true);
  const lock = await lockFolder(dir);
  try {
    // Another process may have started a run here before the lock was ours.
    if (await isRun(dir)) throw await runExists(dir);
    await makeFolder(paths.checkpoints);
    await writeEnvironment(paths.environment, options.environment);
    // Last, since it is what makes the folder a run.
    await writeConfig(dir, options.config);
    await syncFolder(dirname(dir));
    return openRun(dir, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

export interface ResumeRunOptions {
  readonly dir: string;
  /** Where the run goes on; added to environment.json under `resumed`. */
  readonly environment?: EnvironmentRecord;
  /** Looks at the folder when nobody else can write to it, before anything in it is changed: what it throws leaves it as it is. */
  readonly check?: () => Promise<void>;
}

/** Opens a run to go on with it: takes the lock, checks, and only then removes what a killed process left half done. */
export async function resumeRun(options: ResumeRunOptions): Promise<Run> {
  const { dir } = options;
  const paths = runPaths(dir);
  if (!(await isRun(dir))) throw await notARun(dir);
  const lock = await lockFolder(dir);
  try {
    await options.check?.();
    await Promise.all([dir, paths.checkpoints].map(removeTemporaries));
    await Promise.all([paths.metrics, paths.events].map(repairLines));
    await makeFolder(paths.checkpoints);
    if (options.environment !== undefined) {
      const environment = await readEnvironment(paths.environment);
      const resumed = [...(environment.resumed ?? []), options.environment];
      await writeEnvironment(paths.environment, { ...environment, resumed });
    }
    return openRun(dir, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

// --- internal ---

function openRun(dir: string, lock: Lock): Run {
  const paths = runPaths(dir);
  // One write after the other, so that two saves of one checkpoint end in the order they were asked for.
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  function inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    if (closing !== undefined) return Promise.reject(new Error(`Expected an open run but ${dir} is closed`));
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }
  return {
    dir,
    event(type, fields) {
      if (closing !== undefined) throw new Error(`Expected an open run but ${dir} is closed`);
      appendEvent(paths.events, type, fields);
    },
    appendMetrics: (row) => inTurn(() => appendMetrics(paths.metrics, row)),
    restoreMetrics: (epochs, lost) => inTurn(() => restoreMetrics(paths.metrics, epochs, lost)),
    saveCheckpoint: (name, file) => inTurn(() => writeSafetensors(paths.checkpoint(name), file)),
    keepEpochs: (epochs) => inTurn(() => removeOtherEpochs(paths.checkpoints, epochs)),
    loadCheckpoint: (name) => inTurn(() => loadCheckpoint(dir, name)),
    writeSummary: (summary) => inTurn(() => writeSummary(paths.summary, summary)),
    close() {
      closing ??= last.then(() => lock.release());
      return closing;
    },
  };
}

async function takeFolder(dir: string, reuseUnstarted: boolean): Promise<void> {
  const parent = dirname(dir);
  try {
    await makeFolder(parent);
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR'].includes(errorCode(error))) throw explainWriteError(error, parent) ?? error;
    const what = `cannot create ${dir}: a file is in the way`;
    throw badInput('E_NOT_WRITABLE', { what, where: parent, try: 'choose another folder by --out' });
  }
  try {
    await mkdir(dir);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw explainWriteError(error, dir) ?? error;
    if (!reuseUnstarted || !(await isUnstarted(dir))) throw await runExists(dir);
  }
}

/** No run has begun here: besides what one leaves that was killed while it was created, no file is one of a run's. */
export async function isUnstarted(dir: string): Promise<boolean> {
  const { config, metrics, events, summary, checkpoint } = runPaths(dir);
  const begun = [config, metrics, events, summary, checkpoint('last'), checkpoint('best')];
  const isFolder = await stat(dir).then((it) => it.isDirectory());
  return isFolder && !begun.some((path) => existsSync(path));
}

/** What to say of a folder that is taken, and how to go on in it, if one can. */
export async function runExists(dir: string, shown = dir): Promise<InvolveError> {
  const code = 'E_RUN_EXISTS';
  const otherwise = 'choose another folder by --out';
  const ways = 'another run is --seed N or --out DIR';
  if (await isRun(dir)) {
    const what = `the run folder ${shown} exists`;
    return badInput(code, { what, where: shown, try: `--resume goes on with it; ${ways}` });
  }
  if (!(await stat(dir)).isDirectory())
    return badInput(code, { what: `${shown} is a file, no folder`, where: shown, try: otherwise });
  if (await isUnstarted(dir)) {
    const what = `the folder ${shown} exists, though no run was started in it`;
    return badInput(code, { what, where: shown, try: `--resume starts the run in it; ${ways}` });
  }
  return badInput(code, {
    what: `the folder ${shown} holds files of a run, but not its config.yaml`,
    where: shown,
    try: `put config.yaml back from a copy, or ${otherwise}`,
  });
}

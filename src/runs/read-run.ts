import { existsSync, statSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, type InvolveError } from '../util/errors.js';
import { shellWord } from '../util/shell-words.js';
import { readConfig } from './record/config-yaml.js';
import { readEnvironment, type EnvironmentRecord } from './record/environment.js';
import { readEvents, type RunEvent } from './record/events-jsonl.js';
import { readMetrics, type EpochMetrics } from './record/metrics-csv.js';
import { readSummary, type RunSummary } from './record/summary.js';
import { runPaths, type CheckpointName } from './run-paths.js';
import { readSafetensors, type TensorFile } from './safetensors.js';
import { errorCode } from '../util/system-error.js';

/** A run folder as a reader sees it, also while the run goes on. */
export interface RunRecord {
  readonly dir: string;
  /** The text of config.yaml. */
  readonly config: string;
  readonly environment: EnvironmentRecord;
  /** Undefined until the run has ended. */
  readonly summary?: RunSummary;
  readonly metrics: readonly EpochMetrics[];
  readonly events: readonly RunEvent[];
  /** Undefined when none was saved yet; a damaged one is bad input. */
  checkpoint(name: CheckpointName): Promise<TensorFile | undefined>;
}

/** Reads a run folder without locking it; a folder that is no run is bad input. */
export async function openRunForReading(dir: string): Promise<RunRecord> {
  if (!(await isRun(dir))) throw await notARun(dir);
  const paths = runPaths(dir);
  return {
    dir,
    config: await readConfig(dir),
    environment: await readEnvironment(paths.environment),
    summary: await readSummary(paths.summary),
    metrics: await readMetrics(paths.metrics),
    events: await readEvents(paths.events),
    checkpoint: (name) => loadCheckpoint(dir, name),
  };
}

/** Whether a run was started in the folder. */
export async function isRun(dir: string): Promise<boolean> {
  return access(runPaths(dir).config).then(
    () => true,
    () => false,
  );
}

/** A checkpoint of a run; undefined when none was saved yet. */
export async function loadCheckpoint(dir: string, name: CheckpointName): Promise<TensorFile | undefined> {
  const path = runPaths(dir).checkpoint(name);
  try {
    await access(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
  }
  return readSafetensors(path, { requireChecksum: true });
}

/** What to say of a folder that is no run; a folder above runs gets their names. */
export async function notARun(dir: string): Promise<InvolveError> {
  const names = await readdir(dir).catch(() => undefined);
  // Asked of the path itself: below a file the system says the same.
  if (names === undefined && existsSync(dir) && statSync(dir).isFile()) {
    const hint = 'name a folder that involve train has made, such as runs/exp3/seed-0';
    return badInput('E_NOT_A_RUN', { what: `${dir} is a file, and no run folder`, where: dir, try: hint });
  }
  if (names === undefined) {
    const what = `there is no run folder ${dir}`;
    return badInput('E_NOT_A_RUN', { what, where: dir, try: 'start one: involve train CONFIG' });
  }
  const inside: string[] = [];
  for (const name of names.sort()) if (await isRun(join(dir, name))) inside.push(join(dir, name));
  return badInput('E_NOT_A_RUN', {
    what: `${dir} is not a run folder: it has no config.yaml`,
    where: dir,
    try:
      inside.length > 0
        ? `name a run inside: ${inside.slice(0, 3).map(shellWord).join(', ')}${inside.length > 3 ? ', …' : ''}`
        : 'name a folder that involve train has made, such as runs/exp3/seed-0',
  });
}

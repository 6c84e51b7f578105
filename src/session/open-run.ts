import { resolve } from 'node:path';
import { loadRunExperiment } from '../config/run-experiment.js';
import { openRunForReading, type RunRecord } from '../runs/run-folder.js';
import { checkpointNames } from '../runs/epoch-checkpoints.js';
import { isCheckpointName, runPaths, type CheckpointName } from '../runs/run-paths.js';
import type { TensorFile } from '../runs/safetensors.js';
import { targetOf } from '../data/sets/index.js';
import { taskOf, taskOptions } from '../tasks/task-of.js';
import { fromStored } from '../train/checkpoint-tensors.js';
import { restoreWeights } from '../train/state.js';
import { badInput } from '../util/errors.js';
import { shellWord } from '../util/shell-words.js';
import { shownPath } from '../util/shown-path.js';
import { openModel, type OpenModel } from './open-model.js';

/** A trained model, ready to be asked. */
export interface OpenRun extends OpenModel {
  readonly record: RunRecord;
  readonly dir: string;
  /** The folder as the user would type it. */
  readonly shown: string;
  readonly classes: readonly string[];
  readonly checkpoint: CheckpointName;
  readonly epoch: number;
}

/**
 * Builds a run's model from its config and fills it from a checkpoint: the one that is asked for, else the best, or the
 * last one where none is the best yet. The run's own engine is not needed: any engine gives the same numbers within its
 * tolerance.
 *
 * @param set overrides of the run's config, `path=value`
 * @param asked a checkpoint by its name
 * @throws InvolveError (exit code 2) where there is no run, or no checkpoint in it
 */
export async function openRun(
  run: string,
  cwd: string,
  set: readonly string[] = [],
  asked?: string,
): Promise<OpenRun> {
  const dir = resolve(cwd, run);
  const shown = shownPath(cwd, dir);
  const record = await openRunForReading(dir);
  const experiment = loadRunExperiment(dir, { cwd, set });
  const { classes } = record.environment;
  const found =
    asked === undefined ? await usualCheckpoint(record) : await checkpointNamed(asked, record, shown);
  if (!found || !classes) {
    throw badInput('E_NO_CHECKPOINT', {
      what: `the run ${shown} has no checkpoint yet`,
      where: shown,
      try: `let it train for an epoch: involve train ${shellWord(runPaths(shown).config)} --resume --out ${shellWord(shown)}`,
    });
  }
  const { file, name: checkpoint } = found;
  const source = runPaths(shown).checkpoint(checkpoint);
  const { progress, tensors } = fromStored(file, source);
  const task = taskOf({ classes, target: targetOf(experiment.data) }, taskOptions(experiment));
  const opened = await openModel(experiment, task, { name: 'auto', device: 'auto' });
  restoreWeights(opened.model, tensors, source);
  return { ...opened, record, dir, shown, classes, checkpoint, epoch: progress.epoch };
}

// --- internal ---

interface FoundCheckpoint {
  readonly name: CheckpointName;
  readonly file: TensorFile;
}

async function usualCheckpoint(record: RunRecord): Promise<FoundCheckpoint | undefined> {
  for (const name of ['best', 'last'] as const) {
    const file = await record.checkpoint(name);
    if (file) return { name, file };
  }
  return undefined;
}

async function checkpointNamed(name: string, record: RunRecord, shown: string): Promise<FoundCheckpoint> {
  const file = isCheckpointName(name) ? await record.checkpoint(name) : undefined;
  if (file) return { name: name as CheckpointName, file };
  const there = await checkpointNames(record.dir);
  throw badInput('E_NO_CHECKPOINT', {
    what: `the run ${shown} has no checkpoint ${name}`,
    where: shown,
    try:
      there.length > 0
        ? `one that it has: ${there.join(', ')}`
        : 'let it train for an epoch: none is written yet',
  });
}

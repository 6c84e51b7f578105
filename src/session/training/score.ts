import { loadCheckpoint } from '../../runs/read-run.js';
import { writeSafetensors } from '../../runs/safetensors.js';
import { runPaths } from '../../runs/run-paths.js';
import { fromStored, toStored } from '../../train/checkpoint-tensors.js';
import { averageEpochs } from '../../train/epoch/average-epochs.js';
import { measureStatistics, type Population } from '../../train/population-statistics.js';
import { restoreWeights, type Progress, type TrainingState } from '../../train/state.js';
import { join } from 'node:path';
import type { MetricValues } from '../../metrics/metric.js';
import type { ImageBatch } from '../../tasks/task.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { examineSplit, type SplitToExamine } from '../examine-split.js';

/**
 * Puts the best checkpoint into the model, runs validation once more, and writes the tables of it, such as
 * confusion.csv; their pictures come with `eval`. Undefined where no epoch was the best.
 */
export async function scoreBest<B extends ImageBatch>(
  dir: string,
  validation: SplitToExamine<B>,
): Promise<MetricValues | undefined> {
  const file = await loadCheckpoint(dir, 'best');
  if (!file) return undefined;
  const path = runPaths(dir).checkpoint('best');
  restoreWeights(validation.model, fromStored(file, path).tensors, path);
  const { values, report } = await examineSplit(validation, '');
  for (const file of report.files) {
    if (file.ending === 'csv') await writeFileAtomic(join(dir, `${file.stem}.csv`), file.text);
  }
  return values;
}

/** What the mean of the weights of the kept epochs does on validation. */
export interface AveragedScore {
  readonly epochs: readonly number[];
  readonly values: MetricValues;
}

/**
 * Averages the weights of the epochs that a run has kept, writes them down as `averaged`, and measures them on
 * validation. Undefined where it keeps none.
 *
 * @param population what statistics of batch norm are measured on for the averaged weights; without it theirs are the
 * averages of the moving ones
 */
export async function scoreAveraged<B extends ImageBatch>(
  dir: string,
  progress: Progress,
  validation: SplitToExamine<B>,
  population?: Population,
): Promise<AveragedScore | undefined> {
  const epochs: number[] = [];
  const averaged = await averageEpochs(keptStates(dir, progress, epochs));
  if (averaged === undefined) return undefined;
  const path = runPaths(dir).checkpoint('averaged');
  restoreWeights(validation.model, averaged, path);
  const tensors = population
    ? new Map([...averaged, ...(await measureStatistics({ ...validation, population }, progress.epoch))])
    : averaged;
  await writeSafetensors(path, toStored({ progress, tensors }));
  return { epochs, values: (await examineSplit(validation, '')).values };
}

// --- internal ---

/** @param found gets the epochs, as they are read: one may have had weights that are no numbers, and was not saved */
async function* keptStates(
  dir: string,
  { kept = [] }: Progress,
  found: number[],
): AsyncGenerator<TrainingState> {
  for (const { epoch } of kept) {
    const name = `epoch-${epoch}` as const;
    const file = await loadCheckpoint(dir, name);
    if (file === undefined) continue;
    found.push(epoch);
    yield fromStored(file, runPaths(dir).checkpoint(name));
  }
}

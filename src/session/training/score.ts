import { loadCheckpoint } from '../../runs/read-run.js';
import { runPaths } from '../../runs/run-paths.js';
import { fromStored } from '../../train/checkpoint-tensors.js';
import { restoreWeights } from '../../train/state.js';
import { join } from 'node:path';
import type { MetricValues } from '../../metrics/metric.js';
import type { ImageBatch } from '../../tasks/task.js';
import { writeFileAtomic } from '../../util/atomic-write.js';
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

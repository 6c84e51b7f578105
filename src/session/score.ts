import { join } from 'node:path';
import type { LayersModel } from '../engine/tf.js';
import type { MetricValues } from '../metrics/metric.js';
import { loadCheckpoint } from '../runs/read-run.js';
import { runPaths } from '../runs/run-paths.js';
import type { ImageBatch, Task } from '../tasks/task.js';
import type { BatchSource } from '../train/batch-source.js';
import { fromStored } from '../train/checkpoint-tensors.js';
import { evaluate } from '../train/evaluate.js';
import { restoreWeights } from '../train/state.js';
import { writeFileAtomic } from '../util/atomic-write.js';

/**
 * Puts the best checkpoint into the model, runs validation once more, and writes the tables of it, such as
 * confusion.csv; their pictures come with `eval`. Undefined where no epoch was the best.
 */
export async function scoreBest<B extends ImageBatch>(
  dir: string,
  {
    model,
    task,
    source,
    inputSize,
  }: {
    readonly model: LayersModel;
    readonly task: Task<B>;
    readonly source: BatchSource<B>;
    readonly inputSize: number;
  },
): Promise<MetricValues | undefined> {
  const file = await loadCheckpoint(dir, 'best');
  if (!file) return undefined;
  const from = runPaths(dir).checkpoint('best');
  restoreWeights(model, fromStored(file, from).tensors, from);
  const examination = task.examine();
  const onBatch = (batch: B, outputs: Float32Array): void => examination.add(batch, outputs);
  const { values } = await evaluate({ model, task, source, inputSize, onBatch });
  for (const { stem, ending, text } of examination.report(values, '').files) {
    if (ending === 'csv') await writeFileAtomic(join(dir, `${stem}.csv`), text);
  }
  return values;
}

import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import { openEventFile } from '../../runs/event-file.js';
import type { TrainListener } from '../../train/events.js';
import { stepsPerEpoch } from '../../train/batch-source.js';
import { toSteps } from '../../train/schedules/duration.js';
import type { MetricValues } from '../../metrics/metric.js';

/**
 * Writes what happens in a run for TensorBoard: the metrics of the epoch so far every `log.every`, and those
 * of metrics.csv at the end of an epoch. Undefined where the config does not ask for it.
 * @param resumedAt the step that a resumed run goes on from
 */
export function logForTensorboard(
  dir: string,
  { log, train }: Pick<Experiment, 'log' | 'train'>,
  dataset: Pick<Dataset, 'train'>,
  resumedAt?: number,
): TrainListener | undefined {
  if (!log.tensorboard) return undefined;
  const file = openEventFile(dir, resumedAt);
  const every = Math.max(1, toSteps(log.every, stepsPerEpoch(train, dataset.train.count)));
  return (event) => {
    if (event.type === 'step' && event.step % every === 0) {
      const { step, learningRate, metrics } = event;
      file.write(step, { ...tagged('running', metrics), 'running/learning_rate': learningRate });
    } else if (event.type === 'epoch') {
      const { step, learningRate, train, val, valRaw, imagesPerSecond } = event.result;
      file.write(step, {
        ...tagged('train', train),
        'train/learning_rate': learningRate,
        ...tagged('val', val),
        ...tagged('val_raw', valRaw ?? {}),
        'time/images_per_second': imagesPerSecond,
      });
    }
  };
}

/** Values under their tags: `val/top1`. */
function tagged<V extends number | null>(group: string, values: MetricValues<V>): Record<string, V> {
  return Object.fromEntries(Object.entries<V>(values).map(([name, value]) => [`${group}/${name}`, value]));
}

import type { Experiment } from '../config/schema.js';
import type { Dataset } from '../data/dataset.js';
import { openEventFile } from '../runs/event-file.js';
import type { TrainListener } from '../train/events.js';
import type { TaskMetrics } from '../metrics/metric.js';
import { toSteps } from '../train/schedule.js';
import { runningValues, valuesOf, type Values } from './epoch-record.js';

/**
 * Writes what happens in a run for TensorBoard: means over the epoch so far every `log.every`, and the
 * columns of metrics.csv at the end of an epoch. Undefined where the config does not ask for it.
 * @param resumedAt the step that a resumed run goes on from
 */
export function logForTensorboard(
  dir: string,
  { log, train }: Pick<Experiment, 'log' | 'train'>,
  dataset: Pick<Dataset, 'train'>,
  metrics: TaskMetrics,
  resumedAt?: number,
): TrainListener | undefined {
  if (!log.tensorboard) return undefined;
  const file = openEventFile(dir, resumedAt);
  const every = Math.max(1, toSteps(log.every, Math.ceil(dataset.train.count / train.batchSize)));
  return (event) => {
    if (event.type === 'step' && event.step % every === 0) {
      const { step, learningRate } = event;
      const running = runningValues(event, metrics);
      file.write(step, { ...tagged('running', running), 'running/learning_rate': learningRate });
    } else if (event.type === 'epoch') {
      const { step, learningRate, imagesPerSecond } = event.result;
      const { train: trained, val } = valuesOf(event.result, metrics);
      file.write(step, {
        ...tagged('train', trained),
        'train/learning_rate': learningRate,
        ...tagged('val', val),
        'time/images_per_second': imagesPerSecond,
      });
    }
  };
}

function tagged(folder: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${folder}/${name}`, value]));
}

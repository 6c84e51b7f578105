import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import { openEventFile } from '../../runs/event-file.js';
import type { TrainListener } from '../../train/events.js';
import { toSteps } from '../../train/schedule.js';

/**
 * Writes what happens in a run for TensorBoard: means over the epoch so far every `log.every`, and the
 * columns of metrics.csv at the end of an epoch. Undefined where the config does not ask for it.
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
  const every = Math.max(1, toSteps(log.every, Math.ceil(dataset.train.count / train.batchSize)));
  return (event) => {
    if (event.type === 'step' && event.step % every === 0) {
      const { step, learningRate, loss, top1 } = event;
      file.write(step, { 'running/loss': loss, 'running/top1': top1, 'running/learning_rate': learningRate });
    } else if (event.type === 'epoch') {
      const { step, learningRate, trainLoss, trainTop1, valLoss, valTop1, valTop5 } = event.result;
      file.write(step, {
        ...{ 'train/loss': trainLoss, 'train/top1': trainTop1, 'train/learning_rate': learningRate },
        ...{ 'val/loss': valLoss, 'val/top1': valTop1, 'val/top5': valTop5 },
        'time/images_per_second': event.result.imagesPerSecond,
      });
    }
  };
}

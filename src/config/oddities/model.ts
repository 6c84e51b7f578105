import type { OverTraining } from '../../util/over-training.js';
import type { Experiment } from '../schema.js';
import type { Length } from './length.js';
import type { Oddity } from './oddity.js';

/** Momentum of batch norm that needs no word, however short a training: the largest that any source has. */
const USUAL_MOMENTUM = 0.99;
/** A dropout that leaves less than this has not been seen to train. */
const LEAST_LEFT = 0.05;

/** What of the network hardly fits the training. */
export function ofModel({ model, train }: Experiment, { steps }: Length): Oddity[] {
  const found: Oddity[] = [];
  if ('batchNorm' in model && train.batchNormStatistics === 'moving' && steps !== undefined) {
    const { momentum } = model.batchNorm;
    const initial = momentum ** steps;
    if (momentum > USUAL_MOMENTUM && initial > 0.5) {
      const text = `after ${steps} steps the statistics of batch norm are ${Math.floor(100 * initial)} % those it began with: validation sees nothing else (train.batchNormStatistics recomputed measures them)`;
      found.push({ path: ['model', 'batchNorm', 'momentum'], text });
    }
  }
  for (const key of ['dropout', 'dropConnect'] as const) {
    const rate = (model as Partial<Record<typeof key, OverTraining | null>>)[key] ?? 0;
    const lowest = typeof rate === 'number' ? rate : Math.min(rate.from, rate.to);
    if (lowest <= 1 - LEAST_LEFT) continue;
    const text = `a rate of ${lowest} leaves less than ${100 * LEAST_LEFT} % to learn from`;
    found.push({ path: ['model', key], text });
  }
  return found;
}

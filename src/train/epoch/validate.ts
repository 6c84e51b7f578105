import type { ImageBatch } from '../../tasks/task.js';
import type { ExponentialMovingAverage } from '../ema.js';
import { evaluateUntil, type EvaluateOptions, type Evaluation } from '../evaluate.js';
import type { TrainListener } from '../events.js';

/** What validation needs to know. */
export interface ValidationParts<B extends ImageBatch> extends Omit<EvaluateOptions<B>, 'onBatch'> {
  /** Its averages are what counts, where there are some. */
  readonly ema: ExponentialMovingAverage | undefined;
  readonly listener: TrainListener;
}

/** Measures the weights that count after an epoch (from 0). Undefined when `signal` fired before the last batch. */
export async function validate<B extends ImageBatch>(
  epoch: number,
  { ema, listener, ...parts }: ValidationParts<B>,
  signal: AbortSignal | undefined,
): Promise<Evaluation | undefined> {
  const total = parts.source.batchesPerEpoch;
  const measure = (): Promise<Evaluation | undefined> =>
    evaluateUntil(
      { ...parts, onBatch: (_batch, _outputs, done) => listener({ type: 'validation', epoch, done, total }) },
      signal,
    );
  return ema ? ema.during(measure) : measure();
}

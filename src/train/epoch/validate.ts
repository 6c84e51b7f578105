import type { ImageBatch } from '../../tasks/task.js';
import type { ExponentialMovingAverage } from '../ema.js';
import { evaluateUntil, type EvaluateOptions, type Evaluation } from './evaluate.js';
import type { TrainListener } from '../events.js';
import type { PopulationStatistics } from '../population-statistics.js';

/** What validation needs to know. */
export interface ValidationParts<B extends ImageBatch> extends Omit<EvaluateOptions<B>, 'onBatch'> {
  /** Its averages are what counts, where there are some. */
  readonly ema: ExponentialMovingAverage | undefined;
  /** Measures the statistics of batch norm for the weights that count; none: the moving ones are used. */
  readonly statistics: PopulationStatistics | undefined;
  readonly listener: TrainListener;
}

/** Measures the weights that count after an epoch (from 0). Undefined when `signal` fired before the last batch. */
export async function validate<B extends ImageBatch>(
  epoch: number,
  { ema, statistics, listener, ...parts }: ValidationParts<B>,
  signal: AbortSignal | undefined,
): Promise<Evaluation | undefined> {
  const total = parts.source.batchesPerEpoch;
  const measure = async (): Promise<Evaluation | undefined> => {
    if (statistics !== undefined) {
      if (!(await statistics.measure(epoch, signal))) {
        // The other workers wait for what this one has measured.
        await parts.exchange?.gather(undefined);
        return undefined;
      }
      ema?.adoptStatistics();
    }
    return evaluateUntil(
      { ...parts, onBatch: (_batch, _outputs, done) => listener({ type: 'validation', epoch, done, total }) },
      signal,
    );
  };
  return ema ? ema.during(measure) : measure();
}

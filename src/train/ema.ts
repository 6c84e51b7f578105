import { callKernel } from '../engine/kernels/call-kernel.js';
import { MovingAverageUpdate } from '../engine/kernels/updates/moving-average.js';
import { WeightedSum } from '../engine/kernels/updates/weighted-sum.js';
import { scalar, sub, tidy, variable, type LayersModel, type Scalar, type Tensor } from '../engine/tf.js';
import { averageOf, type EmaConfig } from './ema-options.js';
import { parametersOf, statisticsOf, type StateVariable } from './parameters.js';

/**
 * Exponential moving average of weights and moving statistics (Polyak averaging, as in the EfficientNet
 * reference): average ← decay·average + (1 − decay)·weight after every step. It starts from the first weights.
 * A decay that warms up changes from step to step, and is fed.
 */
export class ExponentialMovingAverage {
  readonly averages: readonly StateVariable[];
  readonly #weights: readonly StateVariable[];
  readonly #decay: number | 'fed';
  /** How many of the weights are statistics; they are the last. */
  readonly #statistics: number;

  constructor(model: LayersModel, decay: number | 'fed') {
    this.#decay = decay;
    const statistics = statisticsOf(model);
    this.#statistics = statistics.length;
    this.#weights = [...parametersOf(model), ...statistics];
    this.averages = this.#weights.map(({ name, variable: weight }) => ({
      name,
      variable: variable(weight, false),
    }));
  }

  /** Whether `update` is to be told the decay. */
  get isFed(): boolean {
    return this.#decay === 'fed';
  }

  update(fed?: Scalar): void {
    tidy(() => {
      const next = this.#decay === 'fed' ? weighted(fed!) : moved(this.#decay);
      this.averages.forEach(({ variable: average }, i) => {
        average.assign(next(average, this.#weights[i].variable));
      });
    });
  }

  /** Runs `work` with the averages in the model's place, then puts the weights back, bit for bit. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const kept: Tensor[] = this.#weights.map(({ variable: weight }) => weight.clone());
    this.#weights.forEach(({ variable: weight }, i) => weight.assign(this.averages[i].variable));
    try {
      return await work();
    } finally {
      this.#weights.forEach(({ variable: weight }, i) => weight.assign(kept[i]));
      for (const tensor of kept) tensor.dispose();
    }
  }

  /** Within `during`: takes the model's statistics, which were measured for the averaged weights, for the averaged ones. */
  adoptStatistics(): void {
    const first = this.averages.length - this.#statistics;
    this.averages.slice(first).forEach(({ variable: average }, i) => {
      average.assign(this.#weights[first + i].variable);
    });
  }

  dispose(): void {
    for (const { variable: average } of this.averages) average.dispose();
  }
}

/** The average of a config; undefined: it has none. */
export function createAverage(config: EmaConfig, model: LayersModel): ExponentialMovingAverage | undefined {
  const average = averageOf(config);
  return average === null
    ? undefined
    : new ExponentialMovingAverage(model, average.warmUp === null ? average.decay : 'fed');
}

// --- internal ---

type Next = (average: Tensor, value: Tensor) => Tensor;

function moved(decay: number): Next {
  return (average, value) => callKernel(MovingAverageUpdate, { average, value }, { decay });
}

/** The weights add up to 1 exactly: what is off in the 32 bits of a decay does not pile up. */
function weighted(decay: Scalar): Next {
  const rest = sub<Scalar>(scalar(1), decay);
  return (average, value) =>
    callKernel(WeightedSum, { left: average, right: value, leftWeight: decay, rightWeight: rest });
}

import { callKernel } from '../engine/kernels/call-kernel.js';
import { MovingAverageUpdate } from '../engine/kernels/updates/moving-average.js';
import { tidy, variable, type LayersModel, type Tensor } from '../engine/tf.js';
import { parametersOf, statisticsOf, type StateVariable } from './parameters.js';

/**
 * Exponential moving average of weights and moving statistics (Polyak averaging, as in the EfficientNet
 * reference): average ← decay·average + (1 − decay)·weight after every step. It starts from the first weights.
 */
export class ExponentialMovingAverage {
  readonly averages: readonly StateVariable[];
  readonly #weights: readonly StateVariable[];
  readonly #decay: number;
  /** How many of the weights are statistics; they are the last. */
  readonly #statistics: number;

  constructor(model: LayersModel, decay: number) {
    this.#decay = decay;
    const statistics = statisticsOf(model);
    this.#statistics = statistics.length;
    this.#weights = [...parametersOf(model), ...statistics];
    this.averages = this.#weights.map(({ name, variable: weight }) => ({
      name,
      variable: variable(weight, false),
    }));
  }

  update(): void {
    tidy(() => {
      this.averages.forEach(({ variable: average }, i) => {
        const value = this.#weights[i].variable;
        average.assign(callKernel(MovingAverageUpdate, { average, value }, { decay: this.#decay }));
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

import { callKernel } from '../../engine/kernels/call-kernel.js';
import { WeightedSum } from '../../engine/kernels/updates/weighted-sum.js';
import { tidy, variable, zerosLike, type Scalar, type Tensor, type Variable } from '../../engine/tf.js';
import type { Parameter } from '../parameters.js';

/**
 * The mean gradient of the batches of one step so far, on the engine. It is no part of a checkpoint: between two steps
 * nobody asks what it is.
 */
export class MeanGradients {
  readonly #means: ReadonlyMap<string, Variable>;
  /** Of the parameters that have a gradient at all. */
  readonly #known = new Set<string>();

  constructor(parameters: readonly Parameter[]) {
    this.#means = new Map(
      parameters.map(({ name, variable: parameter }) => {
        const zeros = zerosLike(parameter);
        const mean = variable(zeros, false);
        zeros.dispose();
        return [name, mean];
      }),
    );
  }

  /**
   * mean ← keep·mean + share·gradient.
   * @param share that the batch has in the images so far
   * @param keep what those before it have, 0 for the first batch of a step
   */
  add(gradients: ReadonlyMap<string, Tensor>, share: Scalar, keep: Scalar): void {
    tidy(() => {
      for (const [name, gradient] of gradients) {
        this.#known.add(name);
        const mean = this.#means.get(name)!;
        const weights = { leftWeight: keep, rightWeight: share };
        mean.assign(callKernel(WeightedSum, { left: mean, right: gradient, ...weights }));
      }
    });
  }

  /** Names of the parameters that have a gradient, once there is something to one. */
  get known(): readonly string[] {
    return [...this.#means.keys()].filter((name) => this.#known.has(name));
  }

  /** By parameter name, of those that have one. */
  get gradients(): ReadonlyMap<string, Tensor> {
    return this.of(this.known);
  }

  /** Of these parameters; anything where no batch has been taken in yet. */
  of(names: readonly string[]): ReadonlyMap<string, Tensor> {
    return new Map(names.map((name) => [name, this.#means.get(name)!]));
  }

  dispose(): void {
    for (const mean of this.#means.values()) mean.dispose();
  }
}

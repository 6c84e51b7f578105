import { callKernel } from '../engine/kernels/call-kernel.js';
import { SeededDropout } from '../engine/kernels/seeded-dropout.js';
import { serialization, type LayerShape, type Tensor } from '../engine/tf.js';
import { hashString } from '../util/random.js';
import { NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type CallOptions, type OperatorOptions } from './operator-layer.js';

export interface DropoutOptions extends OperatorOptions {
  /** Share of what is dropped, 0 … 1. */
  readonly rate: number;
  /** Drop whole images of the batch (stochastic depth, Huang et al. 2016) instead of single values. */
  readonly perSample: boolean;
}

/** Inverted dropout, on in training only; the mask follows from the step's seed and the layer's name. */
export class Dropout extends OperatorLayer {
  static className = 'SeededDropoutLayer';
  readonly #options: DropoutOptions;

  constructor(options: DropoutOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    return shape;
  }

  override compute([x]: readonly Tensor[], { training = false, seed }: CallOptions): Tensor {
    const { rate, perSample } = this.#options;
    if (!training || rate === 0) return x;
    if (!seed) throw new Error(`layer ${this.name}: training needs the step's seed`);
    const stream = hashString(this.name) >>> 1;
    return callKernel(SeededDropout, { x, seed }, { rate, stream, perSample });
  }

  override cost(): LayerCost {
    return NO_COST;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(Dropout);

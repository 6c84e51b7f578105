import { callKernel } from '../engine/kernels/call-kernel.js';
import { SeededDropout } from '../engine/kernels/seeded-dropout.js';
import {
  add,
  div,
  minimum,
  mul,
  scalar,
  serialization,
  sub,
  tidy,
  type LayerShape,
  type Scalar,
  type Tensor,
} from '../engine/tf.js';
import { isAlwaysZero, type Line, type OverTraining } from '../util/over-training.js';
import { hashString } from '../util/random.js';
import { NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type CallOptions, type OperatorOptions } from './operator-layer.js';

export interface DropoutOptions extends OperatorOptions {
  /** Share of what is dropped, 0 … 1, or a line over training. */
  readonly rate: OverTraining;
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

  override get followsTraining(): boolean {
    return typeof this.#options.rate !== 'number';
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    return shape;
  }

  override compute([x]: readonly Tensor[], { training = false, seed, done }: CallOptions): Tensor {
    const { rate, perSample } = this.#options;
    if (!training || isAlwaysZero(rate)) return x;
    if (!seed) throw new Error(`layer ${this.name}: training needs the step's seed`);
    if (typeof rate !== 'number' && !done)
      throw new Error(`layer ${this.name}: its rate needs to know how much of training is over`);
    const stream = hashString(this.name) >>> 1;
    return tidy(() => {
      const scalars = typeof rate === 'number' ? constant(rate) : along(rate, done!);
      return callKernel(SeededDropout, { x, seed, ...scalars }, { stream, perSample });
    });
  }

  override cost(): LayerCost {
    return NO_COST;
  }

  override getConfig(): serialization.ConfigDict {
    const { rate, ...options } = this.#options;
    return { ...super.getConfig(), ...options, rate: typeof rate === 'number' ? rate : { ...rate } };
  }
}
serialization.registerClass(Dropout);

// --- internal ---

interface RateScalars {
  readonly rate: Scalar;
  readonly scale: Scalar;
}

function constant(rate: number): RateScalars {
  return { rate: scalar(rate), scale: scalar(1 / (1 - Math.fround(rate))) };
}

/** `valueAt` on the engine. */
function along({ from, to }: Line, done: Scalar): RateScalars {
  const line = add(mul(scalar(from), sub(1, done)), mul(scalar(to), done));
  // Rounded up it could be 1, of which nothing is left.
  const rate = minimum<Scalar>(line, scalar(Math.max(from, to)));
  return { rate, scale: div<Scalar>(1, sub(1, rate)) };
}

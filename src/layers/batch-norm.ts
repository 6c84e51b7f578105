import { BatchNormInference, BatchNormTraining, type FusedActivation } from '../engine/kernels/batch-norm.js';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { MovingAverageUpdate } from '../engine/kernels/updates/moving-average.js';
import { add, mul, ones, scalar, serialization, square, sub, tidy } from '../engine/tf.js';
import type { LayerShape, Rank, Scalar, Tensor, Tensor1D } from '../engine/tf.js';
import { elements, NO_COST, sumCosts, type LayerCost } from './cost.js';
import { synchronisedBatchNorm } from './synchronised-batch-norm.js';
import { channelsOf, OperatorLayer, type CallOptions, type OperatorOptions } from './operator-layer.js';
import { makeWeight, type LayerWeight, type WeightRole } from './weights.js';

export interface BatchNormSettings {
  /** Share of the old moving statistics that stays: running = momentum·running + (1 − momentum)·batch. */
  readonly momentum: number;
  readonly epsilon: number;
}

/** How the scale of a batch norm starts, and whether there is one. */
export interface BatchNormScale {
  /** Where gamma starts: 1 by default; 0 for the last of a residual block (Goyal et al. 2017, section 5.1). */
  readonly gammaStart?: number;
  /** false: no gamma, the scale is 1, as what follows scales anyway (Szegedy et al. 2016 as Keras has it). */
  readonly useScale?: boolean;
}

/**
 * Batch normalisation over all axes but the last (Ioffe and Szegedy 2015), as a part that layers may own:
 * parameters gamma and beta, moving mean and variance. The moving variance takes the unbiased variance of
 * the batch (÷ (n − 1)), as TensorFlow's fused kernel and PyTorch do; the batch itself is normalised with
 * the biased one.
 */
export class BatchNormalization {
  readonly #settings: BatchNormSettings;
  readonly #activation: FusedActivation;
  /** Without one the scale is 1. */
  readonly #gamma: LayerWeight | undefined;
  readonly #beta: LayerWeight;
  readonly #movingMean: LayerWeight;
  readonly #movingVariance: LayerWeight;

  constructor(
    layer: OperatorLayer,
    prefix: string,
    channels: number,
    settings: BatchNormSettings,
    activation: FusedActivation,
    { gammaStart = 1, useScale = true }: BatchNormScale = {},
  ) {
    this.#settings = settings;
    this.#activation = activation;
    const make = (name: string, value: number, role: WeightRole): LayerWeight =>
      makeWeight(layer, prefix + name, [channels], { kind: 'constant', value }, role);
    if (useScale) this.#gamma = make('gamma', gammaStart, 'norm');
    this.#beta = make('beta', 0, 'norm');
    this.#movingMean = make('moving_mean', 0, 'statistic');
    this.#movingVariance = make('moving_variance', 1, 'statistic');
  }

  /**
   * Normalises `x` [..., C]; in training the moving statistics are updated as well, and when statistics are measured
   * they become those of all batches so far, unless they are fixed.
   */
  apply(
    x: Tensor,
    { training = false, measured, fixedStatistics = false, acrossWorkers = false }: CallOptions,
  ): Tensor {
    const attrs = { epsilon: this.#settings.epsilon, activation: this.#activation };
    const offset = vector(this.#beta);
    const scale = this.#gamma ? vector(this.#gamma) : ones<Rank.R1>(offset.shape);
    if (fixedStatistics || (!training && measured === undefined)) {
      const [mean, variance] = [vector(this.#movingMean), vector(this.#movingVariance)];
      return callKernel(BatchNormInference, { x, scale, offset, mean, variance }, attrs);
    }
    if (acrossWorkers && measured === undefined) {
      const { y, mean, unbiased } = synchronisedBatchNorm({ x, scale, offset }, attrs);
      this.#move(mean, unbiased);
      return y;
    }
    const { y, mean, variance } = callKernel(BatchNormTraining, { x, scale, offset }, attrs);
    if (measured !== undefined) {
      this.#measure(mean, variance, measured);
      return y;
    }
    const n = x.size / mean.size;
    tidy(() => this.#move(mean, n > 1 ? mul(variance, scalar(n / (n - 1))) : variance));
    return y;
  }

  /** A step further with the moving statistics. */
  #move(mean: Tensor, unbiased: Tensor): void {
    tidy(() => {
      const attrs = { decay: this.#settings.momentum };
      const move = (moving: LayerWeight, value: Tensor) =>
        moving.write(callKernel(MovingAverageUpdate, { average: moving.read(), value }, attrs));
      move(this.#movingMean, mean);
      move(this.#movingVariance, unbiased);
    });
  }

  /**
   * Takes a batch into the statistics of those before it, so that mean and variance (÷ n) are those of all values
   * seen, whichever batch they came in: the mean of the batches' means, and the mean of their variances plus the
   * variance of their means (Chan, Golub and LeVeque 1979, equation 2.1; Wu and Johnson 2021, appendix).
   */
  #measure(mean: Tensor1D, variance: Tensor1D, share: Scalar): void {
    tidy(() => {
      const rest = sub(scalar(1), share);
      const blend = (old: LayerWeight, value: Tensor): Tensor =>
        add(mul(old.read(), rest), mul(value, share));
      const apart = mul(square(sub(mean, this.#movingMean.read())), mul(rest, share));
      this.#movingVariance.write(add(blend(this.#movingVariance, variance), apart));
      this.#movingMean.write(blend(this.#movingMean, mean));
    });
  }

  /** Cost over `places` positions of `channels`: scale and shift are 2 an element, an activation 1. */
  static cost(places: number, channels: number, activation: FusedActivation, useScale = true): LayerCost {
    return {
      ...NO_COST,
      parameters: (useScale ? 2 : 1) * channels,
      nonTrainable: 2 * channels,
      macsElementwise: places * channels * (activation === 'none' ? 2 : 3),
    };
  }
}

export interface BatchNormOptions extends OperatorOptions, BatchNormSettings, BatchNormScale {
  readonly activation: FusedActivation;
}

/** Batch normalisation with the activation that follows it, as one layer: [..., C] → [..., C]. */
export class BatchNorm extends OperatorLayer {
  static className = 'BatchNorm';
  readonly #options: BatchNormOptions;
  #norm: BatchNormalization | undefined;

  constructor(options: BatchNormOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    return shape;
  }

  override build(shape: LayerShape): void {
    const options = this.#options;
    const channels = channelsOf(shape);
    this.#norm = new BatchNormalization(this, '', channels, options, options.activation, options);
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], options: CallOptions): Tensor {
    return this.#norm!.apply(x, options);
  }

  override cost([shape]: readonly LayerShape[]): LayerCost {
    const channels = channelsOf(shape);
    const { activation, useScale } = this.#options;
    return sumCosts([BatchNormalization.cost(elements(shape) / channels, channels, activation, useScale)]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(BatchNorm);

// --- internal ---

function vector(weight: LayerWeight): Tensor1D {
  return weight.read() as Tensor1D;
}

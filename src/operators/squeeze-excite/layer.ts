import type { Nonlinearity } from '../../engine/kernels/batch-norm.js';
import { callKernel } from '../../engine/kernels/call-kernel.js';
import { ChannelScale } from '../../engine/kernels/channel-scale.js';
import { GlobalAveragePool } from '../../engine/kernels/global-average-pool.js';
import {
  reshape,
  serialization,
  sigmoid,
  type LayerShape,
  type Rank,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';
import { ACTIVATIONS } from '../../layers/activation.js';
import { convolve } from '../../layers/convolution.js';
import { convolutionCost, elements, NO_COST, sumCosts, type LayerCost } from '../../layers/cost.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

export interface SqueezeExciteOptions extends OperatorOptions {
  /** Width of the bottleneck. */
  readonly squeezed: number;
  /** Within the bottleneck: `swish` in EfficientNet, the default; `relu` in the original. */
  readonly activation?: Nonlinearity;
}

/**
 * Squeeze-and-excitation (Hu et al. 2018, section 3) with biases: global average, 1×1 to
 * `squeezed`, swish or ReLU, 1×1 back, sigmoid, times the input. [B,H,W,C] → [B,H,W,C].
 */
export class SqueezeExcite extends OperatorLayer {
  static className = 'SqueezeExcite';
  readonly #options: Required<SqueezeExciteOptions>;
  #reduce: LayerWeight[] = [];
  #expand: LayerWeight[] = [];

  constructor(options: SqueezeExciteOptions) {
    super(options);
    this.#options = { activation: 'swish', ...options };
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    return shape;
  }

  override build(shape: LayerShape): void {
    const channels = channelsOf(shape);
    const { squeezed } = this.#options;
    const pair = (prefix: string, from: number, to: number): LayerWeight[] => [
      makeWeight(this, `${prefix}_kernel`, [1, 1, from, to], { kind: 'he-normal', fanOut: to }, 'kernel'),
      makeWeight(this, `${prefix}_bias`, [to], { kind: 'constant', value: 0 }, 'bias'),
    ];
    this.#reduce = pair('reduce', channels, squeezed);
    this.#expand = pair('expand', squeezed, channels);
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const [batch, , , channels] = x.shape;
    const image = x as Tensor4D;
    const means = callKernel(GlobalAveragePool, { x: image });
    const pooled = reshape(means, [batch, 1, 1, channels]) as Tensor4D;
    const squeezed = ACTIVATIONS[this.#options.activation](connect(pooled, this.#reduce));
    const gate = sigmoid(connect(squeezed, this.#expand));
    const scale = reshape<Rank.R2>(gate, [batch, channels]);
    observe?.({ kind: 'gates', gates: scale });
    return callKernel(ChannelScale, { x: image, scale });
  }

  /** The two 1×1 convolutions are multiply-adds; pooling, activations and the gate are element-wise. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    const channels = channelsOf(shape);
    const { squeezed } = this.#options;
    return sumCosts([
      convolutionCost(1, 1, channels, squeezed, true),
      convolutionCost(1, 1, squeezed, channels, true),
      {
        ...NO_COST,
        macsElementwise: 2 * elements(shape) + squeezed + channels,
        innerActivations: 3 * channels + 2 * squeezed,
      },
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(SqueezeExcite);

function connect(x: Tensor4D, [kernel, bias]: readonly LayerWeight[]): Tensor4D {
  return convolve(x, kernel.read() as Tensor4D, bias.read(), 1);
}

import { fused, serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { convolutionCost, elements, sumCosts, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';
import { makeWeight, type LayerWeight } from './weights.js';

export interface ConvolutionOptions extends OperatorOptions {
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly useBias?: boolean;
}

/** Length of an axis after a convolution with TensorFlow's SAME padding: ⌈n / stride⌉. */
export function sameLength(length: number | null, stride: number): number | null {
  return length === null ? null : Math.ceil(length / stride);
}

/**
 * Plain convolution with TensorFlow's SAME padding: [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,filters].
 * Weights: `kernel` [k,k,C,filters], normal with fan-out scaling as in the EfficientNet reference
 * implementation, and `bias` [filters], zero.
 */
export class Convolution extends OperatorLayer {
  static className = 'Convolution';
  readonly #options: Required<ConvolutionOptions>;
  #kernel: LayerWeight | undefined;
  #bias: LayerWeight | undefined;

  constructor(options: ConvolutionOptions) {
    super(options);
    this.#options = { stride: 1, useBias: false, ...options };
  }

  override inferShape([[batch, height, width]]: readonly LayerShape[]): LayerShape {
    const { stride, filters } = this.#options;
    return [batch, sameLength(height, stride), sameLength(width, stride), filters];
  }

  override build(shape: LayerShape): void {
    const { kernelSize, filters, useBias } = this.#options;
    this.#kernel = makeWeight(this, 'kernel', [kernelSize, kernelSize, channelsOf(shape), filters], {
      kind: 'he-normal',
      fanOut: kernelSize * kernelSize * filters,
    });
    if (useBias) this.#bias = makeWeight(this, 'bias', [filters], { kind: 'constant', value: 0 });
    super.build(shape);
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return convolve(
      x as Tensor4D,
      this.#kernel!.read() as Tensor4D,
      this.#bias?.read(),
      this.#options.stride,
    );
  }

  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { kernelSize, filters, useBias } = this.#options;
    const places = elements(this.inferShape(inputs)) / filters;
    return sumCosts([convolutionCost(places, kernelSize ** 2, channelsOf(inputs[0]), filters, useBias)]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(Convolution);

/** Convolution with SAME padding, the bias fused. */
export function convolve(x: Tensor4D, filter: Tensor4D, bias: Tensor | undefined, stride: number): Tensor4D {
  return fused.conv2d({ x, filter, bias, strides: stride, pad: 'same' });
}

import { callKernel } from '../engine/kernels/call-kernel.js';
import { DilatedConvolution } from '../engine/kernels/dilated-convolution.js';
import { depthwiseConv2d, serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { sameLength } from './convolution.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';
import { declareOutputAxes, makeWeight, type LayerWeight } from './weights.js';

export interface DepthwiseConvolutionOptions extends OperatorOptions {
  readonly kernelSize: number;
  readonly stride?: number;
  /** Places between two taps of the window, at stride 1 alone. */
  readonly dilation?: number;
}

/**
 * Depthwise convolution, one filter a channel, TensorFlow's SAME padding, no bias:
 * [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C]. Weight `kernel` [k,k,C,1], normal with standard deviation √(2/k²)
 * (the EfficientNet reference counts one output filter a channel).
 */
export class DepthwiseConvolution extends OperatorLayer {
  static className = 'DepthwiseConvolution';
  readonly #options: Required<DepthwiseConvolutionOptions>;
  #kernel: LayerWeight | undefined;

  constructor(options: DepthwiseConvolutionOptions) {
    super(options);
    this.#options = { stride: 1, dilation: 1, ...options };
    if (this.#options.dilation > 1 && this.#options.stride > 1) {
      throw this.refuse('a dilation needs stride 1');
    }
  }

  override get stride(): number {
    return this.#options.stride;
  }

  override dilated(dilation: number): DepthwiseConvolution {
    return new DepthwiseConvolution({ ...this.#options, stride: 1, dilation });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { stride } = this.#options;
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const { kernelSize } = this.#options;
    const distribution = { kind: 'he-normal', fanOut: kernelSize * kernelSize } as const;
    const of = [kernelSize, kernelSize, channelsOf(shape), 1];
    this.#kernel = makeWeight(this, 'kernel', of, distribution, 'kernel');
    declareOutputAxes(this.#kernel, 2);
    super.build(shape);
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { stride, dilation } = this.#options;
    return depthwiseConvolve(x as Tensor4D, this.#kernel!.read() as Tensor4D, stride, dilation);
  }

  override cost(inputs: readonly LayerShape[]): LayerCost {
    const taps = this.#options.kernelSize ** 2;
    return {
      ...NO_COST,
      parameters: taps * channelsOf(inputs[0]),
      macs: taps * elements(this.inferShape(inputs)),
    };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(DepthwiseConvolution);

/** Depthwise convolution with SAME padding by `filter` [kh,kw,C,M]; with a dilation M is 1, and so is the stride. */
export function depthwiseConvolve(x: Tensor4D, filter: Tensor4D, stride: number, dilation: number): Tensor4D {
  if (dilation === 1) return depthwiseConv2d(x, filter, stride, 'same');
  return callKernel(DilatedConvolution, { x, filter }, { dilation, depthwise: true });
}

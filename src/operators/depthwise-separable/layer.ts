import { callKernel } from '../../engine/kernels/call-kernel.js';
import { DilatedConvolution } from '../../engine/kernels/dilated-convolution.js';
import {
  concat,
  fused,
  serialization,
  split,
  type LayerShape,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';
import {
  kernelDistribution,
  sameLength,
  windowOf,
  type KernelInitialization,
} from '../../layers/convolution.js';
import { elements, NO_COST, type LayerCost } from '../../layers/cost.js';
import { depthwiseConvolve } from '../../layers/depthwise-convolution.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from '../../layers/operator-layer.js';
import { declareOutputAxes, makeWeight, type LayerWeight } from '../../layers/weights.js';

/** How many segments the channels are cut into; `channels`: one a channel. */
export type Segments = number | 'channels';

export interface SegmentedConvolutionOptions extends OperatorOptions {
  readonly filters: number;
  /** Side of the window, or its height and width. */
  readonly kernelSize: number | readonly [height: number, width: number];
  readonly segments: Segments;
  readonly stride?: number;
  /** Places between two taps of the window, at stride 1 alone. */
  readonly dilation?: number;
  readonly initialization?: KernelInitialization;
}

/**
 * Convolution whose channels are cut into segments that do not see each other, the spectrum of Chollet 2017,
 * section 1.2: one segment is a plain convolution, three or four are the towers of an Inception module, one a
 * channel is the depthwise convolution. TensorFlow's SAME padding, no bias:
 * [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,filters].
 *
 * S segments take C/S neighbouring channels each to filters/S filters; where S does not divide, the first segments
 * are one wider. Weights `kernel1` … `kernelS` [kh,kw,Cᵢ,filtersᵢ], or one `kernel`: [kh,kw,C,filters] of a
 * single segment, [kh,kw,C,filters/C] of one a channel. Each segment starts as a convolution of its own does.
 */
export class SegmentedConvolution extends OperatorLayer {
  static className = 'SegmentedConvolution';
  readonly #options: Required<SegmentedConvolutionOptions>;
  #kernels: LayerWeight[] = [];

  constructor(options: SegmentedConvolutionOptions) {
    super(options);
    this.#options = { stride: 1, dilation: 1, initialization: 'glorot-uniform', ...options };
    if (this.#options.dilation > 1 && this.#options.stride > 1) {
      throw this.refuse('a dilation needs stride 1');
    }
  }

  override get stride(): number {
    return this.#options.stride;
  }

  override dilated(dilation: number): SegmentedConvolution {
    return new SegmentedConvolution({ ...this.#options, stride: 1, dilation });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { filters, segments, stride, dilation } = this.#options;
    const count = segments === 'channels' ? channels! : segments;
    if (count > channels! || count > filters) {
      throw this.refuse(
        `${count} segments need as many channels and filters: ${channels} channels to ${filters} filters`,
        `at most ${Math.min(channels!, filters)} segments`,
      );
    }
    if (count === channels && filters % channels !== 0) {
      throw this.refuse(
        `with a segment a channel the channels must divide the filters: ${channels} into ${filters}`,
        `a multiple of ${channels} filters, or fewer segments`,
      );
    }
    if (dilation > 1 && count === channels && filters !== channels) {
      throw this.refuse('with a dilation a segment a channel makes one filter');
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), filters];
  }

  override build(shape: LayerShape): void {
    const { filters, initialization } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const channels = channelsOf(shape);
    const make = (name: string, from: number, to: number, depth = from): LayerWeight =>
      makeWeight(
        this,
        name,
        [rows, columns, depth, to],
        kernelDistribution(initialization, rows * columns, from, to),
        'kernel',
      );
    const [from, to] = this.#widths(channels);
    if (from.length === 1) this.#kernels = [make('kernel', channels, filters)];
    else if (from.length === channels) {
      this.#kernels = [make('kernel', 1, filters / channels, channels)];
      declareOutputAxes(this.#kernels[0], 2);
    } else this.#kernels = from.map((width, i) => make(`kernel${i + 1}`, width, to[i]));
    super.build(shape);
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { stride, dilation } = this.#options;
    const channels = channelsOf(x.shape);
    const [from] = this.#widths(channels);
    const kernels = this.#kernels.map((kernel) => kernel.read() as Tensor4D);
    if (from.length === channels && from.length > 1) {
      return depthwiseConvolve(x as Tensor4D, kernels[0], stride, dilation);
    }
    const convolve = (part: Tensor, filter: Tensor4D): Tensor =>
      dilation === 1
        ? fused.conv2d({ x: part as Tensor4D, filter, strides: stride, pad: 'same' })
        : callKernel(DilatedConvolution, { x: part as Tensor4D, filter }, { dilation, depthwise: false });
    if (from.length === 1) return convolve(x, kernels[0]);
    const parts = split(x, from, -1);
    return concat(
      parts.map((part, i) => convolve(part, kernels[i])),
      -1,
    );
  }

  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { filters } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const [from, to] = this.#widths(channelsOf(inputs[0]));
    const parameters = rows * columns * from.reduce((sum, width, i) => sum + width * to[i], 0);
    const places = elements(this.inferShape(inputs)) / filters;
    return { ...NO_COST, parameters, macs: places * parameters };
  }

  override getConfig(): serialization.ConfigDict {
    const { kernelSize } = this.#options;
    const plain = typeof kernelSize === 'number' ? kernelSize : [...kernelSize];
    return { ...super.getConfig(), ...this.#options, kernelSize: plain };
  }

  /** Channels in and filters out of each segment. */
  #widths(channels: number): [from: number[], to: number[]] {
    const { filters, segments } = this.#options;
    const count = segments === 'channels' ? channels : segments;
    return [shareOut(channels, count), shareOut(filters, count)];
  }
}
serialization.registerClass(SegmentedConvolution);

/** `total` as `count` whole numbers as equal as can be, the larger ones first. */
export function shareOut(total: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(total / count) + (i < total % count ? 1 : 0));
}

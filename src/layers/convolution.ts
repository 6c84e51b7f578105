import { callKernel } from '../engine/kernels/call-kernel.js';
import { DilatedConvolution } from '../engine/kernels/dilated-convolution.js';
import { add, fused, serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { convolutionCost, elements, sumCosts, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';
import type { Distribution } from './initializers.js';
import { makeWeight, type LayerWeight } from './weights.js';

/** `same`: TensorFlow's; `symmetric`: ⌊k/2⌋ on every side, PyTorch's habit; `valid`: none. */
export type Padding = 'same' | 'symmetric' | 'valid';

/**
 * How a convolution's kernel starts: He et al. 2015 with fan-out scaling, Glorot and Bengio 2010, or He et al.'s with
 * the first filters handing on a channel each.
 */
export type KernelInitialization = 'he-normal' | 'glorot-uniform' | 'dirac';

export interface ConvolutionOptions extends OperatorOptions {
  readonly filters: number;
  /** Side of the window, or its height and width. */
  readonly kernelSize: number | readonly [height: number, width: number];
  readonly stride?: number;
  readonly padding?: Padding;
  readonly useBias?: boolean;
  readonly initialization?: KernelInitialization;
  /** Places between two taps of the window, at stride 1 alone. */
  readonly dilation?: number;
}

/** Length of an axis after a convolution with TensorFlow's SAME padding: ⌈n / stride⌉. */
export function sameLength(length: number | null, stride: number): number | null {
  return length === null ? null : Math.ceil(length / stride);
}

/** Length of an axis after a window of `size` has gone over it with `stride`; null where it is unknown. */
export function windowedLength(
  length: number | null,
  size: number,
  stride: number,
  padding: Padding,
): number | null {
  if (length === null || padding === 'same') return sameLength(length, stride);
  const padded = length + (padding === 'symmetric' ? 2 * Math.floor(size / 2) : 0);
  return Math.floor((padded - size) / stride) + 1;
}

/** Height and width of a window given as one number or as both. */
export function windowOf(size: number | readonly [number, number]): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** Padding as tf.js takes it. */
export function explicitPadding(
  [height, width]: readonly [number, number],
  padding: Padding,
): 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]] {
  if (padding !== 'symmetric') return padding;
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  return [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ];
}

/** Where a kernel of `taps` places starts. */
export function kernelDistribution(
  initialization: KernelInitialization,
  taps: number,
  inputChannels: number,
  filters: number,
): Distribution {
  const fanOut = taps * filters;
  if (initialization === 'dirac') return { kind: 'dirac', taps, channels: inputChannels, filters };
  return initialization === 'he-normal'
    ? { kind: 'he-normal', fanOut }
    : { kind: 'glorot-uniform', fanIn: taps * inputChannels, fanOut };
}

/**
 * Plain convolution: [B,H,W,C] → [B,OH,OW,filters]; with SAME padding, the default, OH = ⌈H/s⌉.
 * Weights: `kernel` [kh,kw,C,filters], by default normal with fan-out scaling as in the reference
 * implementations of EfficientNet and ResNet, and `bias` [filters], zero.
 */
export class Convolution extends OperatorLayer {
  static className = 'Convolution';
  readonly #options: Required<ConvolutionOptions>;
  #kernel: LayerWeight | undefined;
  #bias: LayerWeight | undefined;

  constructor(options: ConvolutionOptions) {
    super(options);
    this.#options = {
      stride: 1,
      padding: 'same',
      useBias: false,
      initialization: 'he-normal',
      dilation: 1,
      ...options,
    };
    const { dilation, stride, padding } = this.#options;
    const isOdd = windowOf(options.kernelSize).every((side) => side % 2 === 1);
    if (dilation > 1 && (stride > 1 || padding === 'valid' || !isOdd)) {
      throw this.refuse('a dilation needs a window with a middle, zeros around and stride 1');
    }
  }

  override get stride(): number {
    return this.#options.stride;
  }

  /** Padded so that the size is kept, where it had none. */
  override dilated(dilation: number): Convolution {
    const { kernelSize, padding } = this.#options;
    const isPoint = windowOf(kernelSize).every((side) => side === 1);
    return new Convolution({
      ...this.#options,
      stride: 1,
      padding: padding === 'valid' ? 'same' : padding,
      dilation: isPoint ? 1 : dilation,
    });
  }

  override inferShape([[batch, height, width]]: readonly LayerShape[]): LayerShape {
    const { stride, filters, padding } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const out = [
      windowedLength(height, rows, stride, padding),
      windowedLength(width, columns, stride, padding),
    ];
    if (out.some((length) => length !== null && length < 1)) {
      throw this.refuse(
        `a window of ${rows}×${columns} does not fit into ${height}×${width}`,
        'a larger data.inputSize',
      );
    }
    return [batch, ...out, filters];
  }

  override build(shape: LayerShape): void {
    const { filters, useBias, initialization } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const channels = channelsOf(shape);
    this.#kernel = makeWeight(
      this,
      'kernel',
      [rows, columns, channels, filters],
      kernelDistribution(initialization, rows * columns, channels, filters),
      'kernel',
    );
    if (useBias) this.#bias = makeWeight(this, 'bias', [filters], { kind: 'constant', value: 0 }, 'bias');
    super.build(shape);
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { stride, padding, kernelSize, dilation } = this.#options;
    const filter = this.#kernel!.read() as Tensor4D;
    const bias = this.#bias?.read();
    if (dilation > 1) {
      const y = callKernel(DilatedConvolution, { x: x as Tensor4D, filter }, { dilation, depthwise: false });
      return bias ? add(y, bias) : y;
    }
    return fused.conv2d({
      x: x as Tensor4D,
      filter,
      bias,
      strides: stride,
      pad: explicitPadding(windowOf(kernelSize), padding),
    });
  }

  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { filters, useBias } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const places = elements(this.inferShape(inputs)) / filters;
    return sumCosts([convolutionCost(places, rows * columns, channelsOf(inputs[0]), filters, useBias)]);
  }

  override getConfig(): serialization.ConfigDict {
    const { kernelSize } = this.#options;
    const plain = typeof kernelSize === 'number' ? kernelSize : [...kernelSize];
    return { ...super.getConfig(), ...this.#options, kernelSize: plain };
  }
}
serialization.registerClass(Convolution);

/** Convolution with SAME padding, the bias fused. */
export function convolve(x: Tensor4D, filter: Tensor4D, bias: Tensor | undefined, stride: number): Tensor4D {
  return fused.conv2d({ x, filter, bias, strides: stride, pad: 'same' });
}

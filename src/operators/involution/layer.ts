import { callKernel } from '../../engine/kernels/call-kernel.js';
import { Involution as InvolutionKernel } from '../../engine/kernels/involution.js';
import { serialization, tanh, type LayerShape, type Tensor, type Tensor4D } from '../../engine/tf.js';
import { BatchNormalization, type BatchNormSettings } from '../../layers/batch-norm.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { convolutionCost, elements, NO_COST, sumCosts, type LayerCost } from '../../layers/cost.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { unitLength } from './unit-length.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/** `paper`: reduce, BN, ReLU, span. `linear`: reduce, span. */
export type KernelGenerator = 'paper' | 'linear';

export type InvolutionInitialization = 'static' | 'reference';

/** What keeps generated kernels from growing. */
export type KernelBound = 'none' | 'tanh' | 'l2';

export interface InvolutionOptions extends OperatorOptions {
  readonly generator: KernelGenerator;
  /** G: channels of one group share a kernel; divides the channels. */
  readonly groups: number;
  /** r: the generator's bottleneck has ⌊C/r⌋ channels. */
  readonly reductionRatio: number;
  /** K, odd. */
  readonly kernelSize: number;
  readonly stride?: number;
  readonly dilation?: number;
  /**
   * `static` (default): the span kernel starts at zero and the span bias as a depthwise kernel does, so that the
   * layer starts as a depthwise convolution whose kernel the channels of a group share, and learns to depend on
   * the pixel. `reference`: the span kernel normal with fan-out scaling and the bias zero, as in the authors'
   * RedNet; a stack of such layers is chaotic (each doubles the gradient on its way back).
   */
  readonly initialization?: InvolutionInitialization;
  /**
   * `none` (default): as in the paper. Then the kernel grows with the pixel and the output with its square, and a stack
   * of layers takes an image that stands out beyond float32. `tanh`: each value within ±1, by H = tanh(W₁·σ(W₀·X)).
   * `l2`: each kernel over its length, √(Σ H² + 1e-3). With either the output grows as the input does: it is at most K²
   * or K times the largest input.
   */
  readonly kernelBound?: KernelBound;
  /** Of the generator's own batch norm. */
  readonly batchNorm: BatchNormSettings;
}

/**
 * Involution (Li et al. 2021, "Involution: Inverting the Inherence of Convolution", section 3):
 * [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C] with a kernel made at each place from the pixel there,
 * H(i,j) = W₁·σ(W₀·X(i,j)), through `kernelBound`. With stride > 1 the generator sees the s×s average of the pixels, as in the
 * authors' implementation.
 *
 * Weights: `reduce_kernel` [1,1,C,C/r], `reduce_gamma`, `reduce_beta` and moving statistics (`paper`),
 * `span_kernel` [1,1,C/r,G·K²], `span_bias` [G·K²]; how the last two start is `initialization`, the reduce
 * kernel starts normal with fan-out scaling.
 */
export class Involution extends OperatorLayer {
  static className = 'Involution';
  readonly #options: Required<InvolutionOptions>;
  #reduce: LayerWeight | undefined;
  #norm: BatchNormalization | undefined;
  #span: LayerWeight | undefined;
  #spanBias: LayerWeight | undefined;

  constructor(options: InvolutionOptions) {
    super(options);
    this.#options = {
      stride: 1,
      dilation: 1,
      initialization: 'static',
      kernelBound: 'none',
      ...options,
    };
    this.requireOdd(options.kernelSize);
  }

  override get stride(): number {
    return this.#options.stride;
  }

  override dilated(dilation: number): Involution {
    const options = this.#options;
    return new Involution({ ...options, stride: 1, dilation: dilation * options.dilation });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { groups, stride } = this.#options;
    if (channels! % groups !== 0) {
      const fits = [groups - 1, groups + 1, 1, 2, 4, 8, 16].filter((g) => g > 0 && channels! % g === 0);
      throw this.refuse(
        `groups must divide the channels: ${groups} groups, ${channels} channels`,
        `groups ${[...new Set(fits)].sort((a, b) => a - b).join(', ')}`,
      );
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const { generator, groups, kernelSize, batchNorm } = this.#options;
    const channels = channelsOf(shape);
    const reduced = this.#reduced(channels);
    const span = groups * kernelSize ** 2;
    const reducing = { kind: 'he-normal', fanOut: reduced } as const;
    this.#reduce = makeWeight(this, 'reduce_kernel', [1, 1, channels, reduced], reducing, 'kernel');
    if (generator === 'paper')
      this.#norm = new BatchNormalization(this, 'reduce_', reduced, batchNorm, 'relu');
    const isStatic = this.#options.initialization === 'static';
    const zero = { kind: 'constant', value: 0 } as const;
    this.#span = makeWeight(
      this,
      'span_kernel',
      [1, 1, reduced, span],
      isStatic ? zero : { kind: 'he-normal', fanOut: span },
      'kernel',
    );
    this.#spanBias = makeWeight(
      this,
      'span_bias',
      [span],
      isStatic ? { kind: 'he-normal', fanOut: kernelSize ** 2 } : zero,
      'bias',
    );
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], options: CallOptions): Tensor {
    const { groups, kernelSize, stride, dilation, kernelBound } = this.#options;
    const image = x as Tensor4D;
    const seen = stride > 1 ? averagePool(image, stride) : image;
    const reduced = convolve(seen, this.#reduce!.read() as Tensor4D, undefined, 1);
    const normalised = (this.#norm?.apply(reduced, options) ?? reduced) as Tensor4D;
    const generated = convolve(normalised, this.#span!.read() as Tensor4D, this.#spanBias!.read(), 1);
    const kernel = bounded(generated, kernelBound, kernelSize ** 2);
    const window = { groups, kernelSize, stride, dilation };
    options.observe?.({ kind: 'kernels', reach: 'window', weights: kernel, mirrored: false, ...window });
    return callKernel(InvolutionKernel, { x: image, kernel }, window);
  }

  /** Generator (C·C/r + C/r·K²G) and sum (K²·C) a place: paper, section 3.2. */
  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { generator, groups, kernelSize, stride, kernelBound } = this.#options;
    const channels = channelsOf(inputs[0]);
    const places = elements(this.inferShape(inputs)) / channels;
    const reduced = this.#reduced(channels);
    const span = groups * kernelSize ** 2;
    // Tanh is one a value; a length is a square and a sum, and dividing by it one more.
    const bound = { none: 0, tanh: span, l2: 3 * span }[kernelBound];
    const kernels = kernelBound === 'none' ? span : 2 * span;
    return sumCosts([
      convolutionCost(places, 1, channels, reduced, false),
      generator === 'paper' ? BatchNormalization.cost(places, reduced, 'relu') : NO_COST,
      convolutionCost(places, 1, reduced, span, true),
      {
        ...NO_COST,
        macs: places * kernelSize ** 2 * channels,
        macsElementwise: (stride > 1 ? elements(inputs[0]) : 0) + places * bound,
        innerActivations: places * (kernels + reduced * (generator === 'paper' ? 2 : 1)),
      },
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options, batchNorm: { ...this.#options.batchNorm } };
  }

  #reduced(channels: number): number {
    return Math.max(1, Math.floor(channels / this.#options.reductionRatio));
  }
}
serialization.registerClass(Involution);

// --- internal ---

function bounded(kernel: Tensor4D, bound: KernelBound, taps: number): Tensor4D {
  if (bound === 'none') return kernel;
  return bound === 'tanh' ? tanh(kernel) : unitLength(kernel, taps);
}

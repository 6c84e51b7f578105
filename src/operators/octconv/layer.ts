import { callKernel } from '../../engine/kernels/call-kernel.js';
import { ConvolutionAdd } from '../../engine/kernels/convolution-add.js';
import { add, concat, depthwiseConv2d, reshape, serialization, split } from '../../engine/tf.js';
import type { LayerShape, Tensor, Tensor4D } from '../../engine/tf.js';
import { upsample } from '../../engine/upsample.js';
import { convolve, kernelDistribution, windowOf } from '../../layers/convolution.js';
import { convolutionCost, elements, sumCosts, type LayerCost } from '../../layers/cost.js';
import {
  asShapes,
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/** The two frequencies of an octave feature map; the low one has half the height and width. */
export type OctavePart = 'high' | 'low';

export interface OctaveConvolutionOptions extends OperatorOptions {
  /** The parts that come in, one tensor each in this order; one alone where α_in is 0 or 1. */
  readonly from: readonly OctavePart[];
  /** The part that comes out. */
  readonly to: OctavePart;
  /** Channels of that part. */
  readonly filters: number;
  /** Side of the window, or its height and width. */
  readonly kernelSize: number | readonly [height: number, width: number];
  /** Of all paths alike; they divide the channels of every part (paper, section 3). */
  readonly groups?: number;
  /**
   * Size of the low part that comes in: half of the high one's by default; or the same, in a convolution to high with
   * stride, for which the high part alone has been averaged.
   */
  readonly lowSize?: 'half' | 'same';
}

/** Channels of the two parts: ⌊α·filters⌋ are low. */
export function octaveChannels(filters: number, alpha: number): Readonly<Record<OctavePart, number>> {
  const low = Math.floor(filters * alpha);
  return { high: filters - low, low };
}

/** Values of an octave feature map, as a share of those of a plain one (paper, table 1). */
export function theoreticalMemory(alpha: number): number {
  return 1 - (3 / 4) * alpha;
}

/** Multiply-adds of an octave convolution with α_in = α_out, as a share of a plain one's (paper, table 1). */
export function theoreticalMacs(alpha: number): number {
  return 1 - (3 / 4) * alpha * (2 - alpha);
}

/**
 * The same with stride 2 where the low part is convolved to high before it is averaged, as the authors' code does: that
 * path has no share in the saving.
 */
export function theoreticalStridedMacs(alpha: number): number {
  return 1 - (3 / 4) * alpha;
}

/**
 * One half of an octave convolution (Chen et al. 2019, "Drop an Octave", section 3): the paths that end in one
 * part,
 *
 *     Y_high = f(X_high; W_high_to_high) + upsample(f(X_low; W_low_to_high), 2)
 *     Y_low  = f(X_low; W_low_to_low) + f(pool(X_high, 2); W_high_to_low)
 *
 * with high [B,H,W,·] and low [B,⌈H/2⌉,⌈W/2⌉,·] in, high or low out: a pair of these layers is an octave
 * convolution (`models/octave.ts`), a path whose channels are none is left out, so that α may be 0 and 1. Pooling
 * is by averages, upsampling repeats the nearest; over the border of an odd map a window is its part inside. With stride 2
 * X_high has been averaged, and X_low may come in at its size: then nothing is upsampled (`lowSize: same`).
 *
 * Weights: a kernel [kh,kw,C_from/groups,filters] a path, `high_to_high_kernel`, `high_to_low_kernel` …, Glorot
 * uniform; no bias.
 */
export class OctaveConvolution extends OperatorLayer {
  static className = 'OctaveConvolution';
  readonly #options: Required<OctaveConvolutionOptions>;
  #kernels: LayerWeight[] = [];

  constructor(options: OctaveConvolutionOptions) {
    super(options);
    this.#options = { groups: 1, lowSize: 'half', ...options };
  }

  /** At 1 alone, or of single places: the paths between two resolutions know no dilation. */
  override dilated(dilation: number): OctaveConvolution {
    const isPoint = windowOf(this.#options.kernelSize).every((side) => side === 1);
    if (dilation > 1 && !isPoint) throw this.refuse('an octave convolution knows no dilation');
    return this;
  }

  override inferShape(inputs: readonly LayerShape[]): LayerShape {
    const { from, to, filters, lowSize } = this.#options;
    if (inputs.length !== from.length) {
      throw this.refuse(`${from.join(' and ')} must come in, not ${inputs.length} tensors`);
    }
    const sizeOf = (part: OctavePart): LayerShape | undefined => inputs[from.indexOf(part)]?.slice(1, 3);
    const high = sizeOf('high');
    const low = sizeOf('low');
    const halved = high?.map(half);
    const fitting = lowSize === 'half' ? halved : high;
    if (low && fitting && low.join() !== fitting.join()) {
      throw this.refuse(
        `the low part must have ${lowSize === 'half' ? 'half the' : 'the'} size of the high one: ${high!.join('×')} and ${low.join('×')}`,
        fitting.join('×'),
      );
    }
    this.#checkGroups(inputs);
    const enlarged = this.#upsamples ? low?.map((length) => length && 2 * length) : low;
    const size = to === 'high' ? (high ?? enlarged!) : (low ?? halved!);
    return [inputs[0][0], ...size, filters];
  }

  override build(shape: LayerShape | LayerShape[]): void {
    const { from, to, filters, groups } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const shapes = asShapes(shape);
    this.#kernels = from.map((part, i) => {
      const channels = channelsOf(shapes[i]) / groups;
      return makeWeight(
        this,
        `${part}_to_${to}_kernel`,
        [rows, columns, channels, filters],
        kernelDistribution('glorot-uniform', rows * columns, channels, filters),
        'kernel',
      );
    });
    super.build(shape);
  }

  override compute(inputs: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const { from, to, groups } = this.#options;
    observe?.({ kind: 'octave', part: to });
    const [, height, width] = this.inferShape(inputs.map(({ shape }) => shape)) as number[];
    const repeat = this.#upsamples ? 2 : 1;
    const enlarge = (y: Tensor4D): Tensor4D => (repeat === 2 ? upsample(y, height, width) : y);
    const path = (part: OctavePart) => {
      const i = from.indexOf(part);
      return i < 0 ? undefined : { x: inputs[i] as Tensor4D, kernel: this.#kernels[i].read() as Tensor4D };
    };
    const crossing = path(to === 'high' ? 'low' : 'high');
    const staying = path(to);
    // What crosses over is convolved at the lower of its two resolutions.
    const seen = crossing && (to === 'low' ? averagePool(crossing.x, 2) : crossing.x);
    const crossed = seen && convolveGroups(seen, crossing.kernel, groups);
    if (!staying) return enlarge(crossed!);
    if (!crossed) return convolveGroups(staying.x, staying.kernel, groups);
    if (groups > 1) return add(convolveGroups(staying.x, staying.kernel, groups), enlarge(crossed));
    const { x, kernel: filter } = staying;
    return callKernel(ConvolutionAdd, { x, filter, addend: crossed }, { repeat });
  }

  /** Every path convolves at the lower of its two resolutions, or at the one it stays at. */
  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { from, to, filters, groups } = this.#options;
    const [rows, columns] = windowOf(this.#options.kernelSize);
    const out = elements(this.inferShape(inputs));
    const paths = from.map((part, i) => {
      const channels = channelsOf(inputs[i]);
      const places = to === 'low' ? out / filters : elements(inputs[i]) / channels;
      const isPooled = part === 'high' && to === 'low';
      const seen = places * channels;
      const isUpsampled = part === 'low' && this.#upsamples;
      const isSplit = groups > 1 && groups !== channels;
      return sumCosts([
        convolutionCost(places, rows * columns, channels / groups, filters, false),
        {
          macsElementwise: isPooled ? elements(inputs[i]) : 0,
          innerActivations:
            (isPooled ? seen : 0) + (isSplit ? seen : 0) + (isUpsampled ? places * filters : 0),
        },
      ]);
    });
    return sumCosts([...paths, { macsElementwise: (from.length - 1) * out }]);
  }

  override getConfig(): serialization.ConfigDict {
    const { kernelSize, from } = this.#options;
    const plain = typeof kernelSize === 'number' ? kernelSize : [...kernelSize];
    return { ...super.getConfig(), ...this.#options, from: [...from], kernelSize: plain };
  }

  get #upsamples(): boolean {
    return this.#options.to === 'high' && this.#options.lowSize === 'half';
  }

  #checkGroups(inputs: readonly LayerShape[]): void {
    const { from, to, filters, groups } = this.#options;
    const ins = from.map((part, i) => ({ part: `${part} in`, channels: channelsOf(inputs[i]) }));
    for (const { part, channels } of [...ins, { part: `${to} out`, channels: filters }]) {
      if (channels % groups === 0) continue;
      throw this.refuse(
        `groups must divide the channels of every part: ${groups} groups, ${channels} channels ${part}`,
        `groups ${commonDivisors([...ins.map((each) => each.channels), filters]).join(', ')}`,
      );
    }
  }
}
serialization.registerClass(OctaveConvolution);

// --- internal ---

function commonDivisors(numbers: readonly number[]): number[] {
  const upTo = Array.from({ length: Math.min(...numbers) }, (_, i) => i + 1);
  return upTo.filter((divisor) => numbers.every((each) => each % divisor === 0));
}

function half(length: number | null): number | null {
  return length === null ? null : Math.ceil(length / 2);
}

/** Convolution with SAME padding whose kernel [kh,kw,C/groups,filters] sees the channels of its own group. */
function convolveGroups(x: Tensor4D, kernel: Tensor4D, groups: number): Tensor4D {
  if (groups === 1) return convolve(x, kernel, undefined, 1);
  const [rows, columns, channels, filters] = kernel.shape;
  if (channels === 1) {
    return depthwiseConv2d(x, reshape(kernel, [rows, columns, groups, filters / groups]), 1, 'same');
  }
  const kernels = split<Tensor4D>(kernel, groups, 3);
  const parts = split<Tensor4D>(x, groups, 3);
  return concat(
    parts.map((part, i) => convolve(part, kernels[i], undefined, 1)),
    3,
  );
}

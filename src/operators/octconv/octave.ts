import type { LowToHigh, OctaveKind, OctConvConfig } from './options.js';
import { Add } from '../../layers/add.js';
import { ChannelSlice } from '../../layers/channel-slice.js';
import { Concatenate } from '../../layers/concatenate.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { octaveChannels, OctaveConvolution, type OctavePart } from './layer.js';
import { channelsOf, type OperatorLayer } from '../../layers/operator-layer.js';
import { AveragePooling } from '../../layers/pooling.js';
import { Upsampling } from '../../layers/upsampling.js';
import { badInput } from '../../util/errors.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';

/**
 * An octave feature map: channels at full resolution, [B,H,W,·], and channels at half of it, [B,⌈H/2⌉,⌈W/2⌉,·].
 * A part without channels (α 0 or 1) is not there.
 */
export type Octave = Readonly<Partial<Record<OctavePart, Node>>>;

const PARTS: readonly OctavePart[] = ['high', 'low'];

/** Does the same to both parts. */
export function eachPart(x: Octave, put: (from: Node, part: OctavePart) => Node): Octave {
  const parts = PARTS.filter((part) => x[part]).map((part) => [part, put(x[part]!, part)]);
  return Object.fromEntries(parts) as Octave;
}

/** Layers of a map without low part, a plain one, are called `<name>`; else `<name>/high` and `<name>/low`. */
function partName({ low }: Octave, name: string, part: OctavePart): string {
  return low ? `${name}/${part}` : name;
}

/** Puts a layer after each part. */
export function addToParts(
  net: Blueprint,
  x: Octave,
  name: string,
  make: (options: { readonly name: string }) => OperatorLayer,
): Octave {
  return eachPart(x, (from, part) => net.add(make({ name: partName(x, name, part) }), from));
}

/** Sum of two octave feature maps of one shape. */
export function addOctaves(net: Blueprint, x: Octave, other: Octave, name: string): Octave {
  return eachPart(x, (from, part) => net.add(new Add({ name: partName(x, name, part) }), from, other[part]!));
}

/** Averages both parts over windows of `size`; nothing for a size of 1. */
export function poolOctave(net: Blueprint, x: Octave, name: string, size: number): Octave {
  return size === 1
    ? x
    : addToParts(net, x, name, (options) => new AveragePooling({ ...options, size, stride: size }));
}

export interface OctaveConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  /** α_out; α_in is what x has. */
  readonly alpha: number;
  readonly kernelSize: number;
  /** 1 by default, or 2. */
  readonly stride?: number;
  /** At a stride; `unpooled` by default, as the authors have it. */
  readonly lowToHigh?: LowToHigh;
  readonly groups?: number;
  /** `full` by default; a `depthwise` one keeps the channels, and thereby α. */
  readonly kind?: OctaveKind;
}

/**
 * Octave convolution (Chen et al. 2019, section 3) of a pair. At a stride both parts are averaged before they
 * are convolved, since a strided convolution would shift the two against each other; but for the path from low to high,
 * which has the size of what comes out before that (facebookresearch/OctConv, `octConv`). In a depthwise
 * one no channel meets another, so the paths between the parts are gone; a separable one is that and
 * a 1×1 octave convolution, with nothing in between.
 * @throws InvolveError when groups are asked of a depthwise one, or do not divide the channels
 */
export function octaveConvolution(net: Blueprint, x: Octave, options: OctaveConvolutionOptions): Octave {
  const { name, filters, alpha, kernelSize, stride = 1, groups = 1, kind = 'full' } = options;
  const { lowToHigh = 'unpooled' } = options;
  const seen = poolOctave(net, x, `${name}/pool`, stride);
  const depthwise = (to: string): Octave =>
    addToParts(net, seen, to, (part) => new DepthwiseConvolution({ ...part, kernelSize }));
  if (kind === 'depthwise') {
    if (groups === 1) return depthwise(name);
    throw badInput('E_LAYER_OPTIONS', {
      what: `layer ${name}: a depthwise octave convolution has a group for each channel already, received groups ${groups}`,
      where: 'model.spatial.groups',
      try: 'groups 1, or kind full',
    });
  }
  const [from, size] = kind === 'full' ? [seen, kernelSize] : [depthwise(`${name}/depthwise`), 1];
  const to = kind === 'full' ? name : `${name}/pointwise`;
  const parts = PARTS.filter((part) => from[part]);
  const channels = octaveChannels(filters, alpha);
  const isUnpooled = stride === 2 && kind === 'full' && lowToHigh === 'unpooled';
  const convolve = (part: OctavePart): Node => {
    const lowSize = isUnpooled && part === 'high' ? 'same' : 'half';
    const layer = new OctaveConvolution({
      name: `${to}/${part}`,
      from: parts,
      to: part,
      filters: channels[part],
      kernelSize: size,
      groups,
      lowSize,
    });
    return net.add(layer, ...parts.map((each) => (each === 'low' && lowSize === 'same' ? x : from)[each]!));
  };
  const made = PARTS.filter((part) => channels[part] > 0).map((part) => [part, convolve(part)]);
  return Object.fromEntries(made) as Octave;
}

/** One tensor at half resolution: the high part averaged, the low one beside it. */
export function mergeLow(net: Blueprint, x: Octave, name: string): Node {
  const { high, low } = x;
  const pooled = high && net.add(new AveragePooling({ name: `${name}/pool`, size: 2, stride: 2 }), high);
  if (!pooled || !low) return (pooled ?? low)!;
  return net.add(new Concatenate({ name: `${name}/concat` }), pooled, low);
}

/** An octave feature map of one tensor: its last ⌊αC⌋ channels are averaged and become the low part. */
function splitOctave(net: Blueprint, x: Node, name: string, alpha: number): Octave {
  const { high, low } = octaveChannels(channelsOf(x.shape), alpha);
  const pool = (from: Node): Node =>
    net.add(new AveragePooling({ name: `${name}/pool`, size: 2, stride: 2 }), from);
  if (low === 0) return { high: x };
  if (high === 0) return { low: pool(x) };
  return {
    high: net.add(new ChannelSlice({ name: `${name}/high`, begin: 0, size: high }), x),
    low: pool(net.add(new ChannelSlice({ name: `${name}/low`, begin: high, size: low }), x)),
  };
}

/** One tensor at full resolution: the low part upsampled beside the high one. */
function mergeHigh(net: Blueprint, { high, low }: Octave, name: string, size: readonly number[]): Node {
  const [height, width] = size;
  const upsampled = low && net.add(new Upsampling({ name: `${name}/upsample`, height, width }), low);
  if (!upsampled || !high) return (high ?? upsampled)!;
  return net.add(new Concatenate({ name: `${name}/concat` }), high, upsampled);
}

/**
 * Octave convolution in the place of a convolution C → C on one tensor: [H,W,C] → [⌈H/s⌉,⌈W/s⌉,C], with the
 * parameters of the plain one. At a stride the tensor is averaged first, or, with `lowToHigh: unpooled`, the high part of
 * it alone, since the low one is.
 */
export function octaveOnTensor(
  net: Blueprint,
  x: Node,
  { alpha, kernelSize, lowToHigh, groups, kind }: OctConvConfig,
  { name, stride }: { readonly name: string; readonly stride: number },
): Node {
  const splitsFirst = stride === 2 && kind === 'full' && lowToHigh === 'unpooled';
  const seen =
    stride === 1 || splitsFirst
      ? x
      : net.add(new AveragePooling({ name: `${name}/pool`, size: stride, stride }), x);
  const filters = channelsOf(x.shape);
  const y = octaveConvolution(net, splitOctave(net, seen, `${name}/split`, alpha), {
    name: `${name}/octave`,
    filters,
    alpha,
    kernelSize,
    groups,
    kind,
    ...(splitsFirst ? { stride, lowToHigh } : {}),
  });
  const size = (seen.shape.slice(1, 3) as number[]).map((side) =>
    Math.ceil(side / (splitsFirst ? stride : 1)),
  );
  return mergeHigh(net, y, `${name}/merge`, size);
}

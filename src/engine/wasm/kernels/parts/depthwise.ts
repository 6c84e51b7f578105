import { type NamedAttrMap, type TensorInfo, backend_util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { roundUp } from './gemm.js';
import { paddedChannels, withPadding } from './padding.js';

type Shape4D = [number, number, number, number];

/** A depthwise convolution as the kernels see it: channels padded to a multiple of 4. */
export interface Depthwise {
  readonly inShape: Shape4D;
  readonly outShape: Shape4D;
  readonly channels: number;
  readonly padded: number;
  readonly kernelH: number;
  readonly kernelW: number;
  readonly stride: number;
  readonly dilation: number;
  readonly top: number;
  readonly left: number;
  /** The unrolled routines, where there are some for this size, stride and dilation. */
  readonly unrolled: (typeof UNROLLED)[number] | undefined;
}

/** Without dilation. At stride 1 the gradient to the input is a convolution. */
const UNROLLED = [
  { size: 1, stride: 1, forward: 'depthwise1s1', grad: 'depthwiseGrad1s1', input: undefined },
  { size: 1, stride: 2, forward: 'depthwise1s2', grad: 'depthwiseGrad1s2', input: 'depthwiseInput1s2' },
  { size: 3, stride: 1, forward: 'depthwise3s1', grad: 'depthwiseGrad3s1', input: undefined },
  { size: 3, stride: 2, forward: 'depthwise3s2', grad: 'depthwiseGrad3s2', input: 'depthwiseInput3s2' },
  { size: 5, stride: 1, forward: 'depthwise5s1', grad: 'depthwiseGrad5s1', input: undefined },
  { size: 5, stride: 2, forward: 'depthwise5s2', grad: 'depthwiseGrad5s2', input: 'depthwiseInput5s2' },
  { size: 7, stride: 1, forward: 'depthwise7s1', grad: 'depthwiseGrad7s1', input: undefined },
  { size: 7, stride: 2, forward: 'depthwise7s2', grad: 'depthwiseGrad7s2', input: 'depthwiseInput7s2' },
] as const;

/** What a depthwise convolution of tf.js's is; undefined where the kernels here do not compute it. */
export function depthwiseOf(
  attrs: NamedAttrMap,
  inputShape: number[],
  filterShape: number[],
): Depthwise | undefined {
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    attrs.strides as [number, number],
    (attrs.dilations ?? 1) as number,
    attrs.pad as 'same',
    attrs.dimRoundingMode as 'floor' | undefined,
    true,
  );
  const {
    filterHeight: kernelH,
    filterWidth: kernelW,
    strideHeight: stride,
    dilationHeight: dilation,
  } = info;
  const hasMultiplier = info.outChannels !== info.inChannels;
  if (hasMultiplier || info.strideWidth !== stride || info.dilationWidth !== dilation) return undefined;
  const isPlain = kernelH === kernelW && dilation === 1;
  return {
    inShape: info.inShape,
    outShape: info.outShape,
    channels: info.inChannels,
    padded: paddedChannels(info.inChannels),
    kernelH,
    kernelW,
    stride,
    dilation,
    unrolled: isPlain ? UNROLLED.find((each) => each.size === kernelH && each.stride === stride) : undefined,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

const weightBytes = ({ padded, kernelH, kernelW }: Depthwise) => padded * kernelH * kernelW * 4;
const pixels = ([batch, height, width]: Shape4D) => batch * height * width;

/** What every depthwise routine takes: sizes and padding. */
function geometry({ inShape, outShape, padded, top, left }: Depthwise) {
  const [, height, width] = inShape;
  return { height, width, channels: padded, outH: outShape[1], outW: outShape[2], top, left };
}

/** What those for any window take beside it. */
function window({ kernelH, kernelW, stride, dilation }: Depthwise) {
  return { kernelH, kernelW, stride, dilation };
}

/** Bytes of channels whose weights stay in the first cache while a kernel goes through its rows. */
function blockChannels({ padded, kernelH, kernelW }: Depthwise): number {
  return Math.min(padded * 4, Math.max(64, Math.floor(16384 / (kernelH * kernelW * 64)) * 64));
}

/** Rows of one piece of work: at least 16 pieces, and pieces of at least some 10 µs. */
function rowsPerItem(rows: number, rowValues: number): number {
  return Math.max(1, Math.min(Math.ceil(rows / 16), Math.ceil(32768 / Math.max(1, rowValues))));
}

function withWeights(
  backend: WasmBackend,
  filter: TensorInfo,
  d: Depthwise,
  isFlipped: boolean,
  use: (weights: number) => void,
): void {
  backend.scratch(weightBytes(d), (weights) => {
    backend.alone.packDepthwise({
      items: 1,
      from: backend.pointer(filter),
      to: weights,
      taps: d.kernelH * d.kernelW,
      channels: d.channels,
      flip: Number(isFlipped),
    });
    use(weights);
  });
}

/** y = x ∗ filter, channel by channel. */
export function depthwiseForward(
  backend: WasmBackend,
  x: TensorInfo,
  filter: TensorInfo,
  d: Depthwise,
): TensorInfo {
  const out = backend.output(d.outShape);
  const rows = d.outShape[0] * d.outShape[1];
  const blockRows = rowsPerItem(rows, d.outShape[2] * d.padded);
  const items = Math.ceil(rows / blockRows);
  const input = { pointer: backend.pointer(x), rows: pixels(d.inShape), channels: d.channels };
  const output = { pointer: backend.pointer(out), rows: pixels(d.outShape), channels: d.channels };
  withWeights(backend, filter, d, false, (weights) => {
    withPadding(backend, { x: input }, { to: output }, ({ x: from, to }) => {
      const args = { items, x: from, weights, to, rows, ...geometry(d), blockRows };
      if (d.unrolled) backend.routines[d.unrolled.forward]({ ...args, blockC: blockChannels(d) });
      else backend.routines.depthwise({ ...args, ...window(d) });
    });
  });
  return out;
}

/** The gradient to x. */
export function depthwiseBackwardInput(
  backend: WasmBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  d: Depthwise,
): TensorInfo {
  const out = backend.output(d.inShape);
  const rows = d.inShape[0] * d.inShape[1];
  const blockRows = rowsPerItem(rows, d.inShape[2] * d.padded);
  const items = Math.ceil(rows / blockRows);
  const input = { pointer: backend.pointer(dy), rows: pixels(d.outShape), channels: d.channels };
  const output = { pointer: backend.pointer(out), rows: pixels(d.inShape), channels: d.channels };
  const { unrolled } = d;
  const isForward = unrolled !== undefined && unrolled.input === undefined;
  withWeights(backend, filter, d, isForward, (weights) => {
    withPadding(backend, { dy: input }, { to: output }, ({ dy: from, to }) => {
      const blockC = blockChannels(d);
      if (isForward) {
        // At stride 1 the gradient is the convolution of dy by the reversed weights.
        const k = d.kernelH;
        const [, outH, outW] = d.inShape;
        backend.routines[unrolled.forward]({
          items,
          x: from,
          weights,
          to,
          rows,
          height: d.outShape[1],
          width: d.outShape[2],
          channels: d.padded,
          outH,
          outW,
          top: k - 1 - d.top,
          left: k - 1 - d.left,
          blockRows,
          blockC,
        });
        return;
      }
      const args = { items, dy: from, weights, to, rows, ...geometry(d), blockRows };
      if (unrolled?.input) backend.routines[unrolled.input]({ ...args, blockC });
      else backend.routines.depthwiseInput({ ...args, ...window(d) });
    });
  });
  return out;
}

/** Pieces of work that the gradient to the weights is cut into, by channels and by rows. */
const GRAD_ITEMS = 16;
/** Pixels that a kernel goes through before it puts its sums back into memory. */
const GRAD_PIXELS = 56;

/** The gradient to the filter. */
export function depthwiseBackwardFilter(
  backend: WasmBackend,
  x: TensorInfo,
  dy: TensorInfo,
  filterShape: number[],
  d: Depthwise,
): TensorInfo {
  const out = backend.output(filterShape);
  const rows = d.outShape[0] * d.outShape[1];
  const input = { pointer: backend.pointer(x), rows: pixels(d.inShape), channels: d.channels };
  const gradient = { pointer: backend.pointer(dy), rows: pixels(d.outShape), channels: d.channels };
  // Only the shape decides how the rows are cut, so the sums are the same on any number of threads.
  // Slices of the rows read memory in order, but each has sums of its own: where those would be as
  // large as the rows, the channels are cut as well.
  const share = Math.floor((rows * d.outShape[2]) / (4 * d.kernelH * d.kernelW));
  const slices = Math.max(1, Math.min(GRAD_ITEMS, rows, d.unrolled ? share : GRAD_ITEMS));
  const wantedC = d.unrolled ? Math.ceil(GRAD_ITEMS / 2 / slices) : 1;
  const blockC = roundUp(Math.ceil((d.padded * 4) / wantedC), 64);
  const blocksC = Math.ceil((d.padded * 4) / blockC);
  const sumBytes = roundUp(weightBytes(d), 64);
  const zeroBytes = d.inShape[2] * d.padded * 4;
  backend.scratch(slices * sumBytes + zeroBytes, (sums) => {
    const zeros = sums + slices * sumBytes;
    withPadding(backend, { x: input, dy: gradient }, {}, (at) => {
      const args = { x: at.x, dy: at.dy, sums, sumStride: sumBytes, rows, ...geometry(d) };
      if (d.unrolled) {
        backend.alone.fillZero({ items: 1, at: zeros, bytes: zeroBytes });
        const items = slices * blocksC;
        const blockRows = Math.max(1, Math.floor(GRAD_PIXELS / d.outShape[2]));
        backend.routines[d.unrolled.grad]({ items, ...args, slices, zeros, blockRows, blockC });
      } else {
        backend.routines.depthwiseGrad({ items: slices, ...args, ...window(d) });
      }
    });
    backend.alone.unpackDepthwise({
      items: 1,
      from: sums,
      stride: sumBytes,
      slices,
      to: backend.pointer(out),
      taps: d.kernelH * d.kernelW,
      channels: d.channels,
    });
  });
  return out;
}

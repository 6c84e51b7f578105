import {
  type NamedAttrMap,
  type TensorInfo,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  backend_util,
} from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { roundUp } from '../parts/gemm.js';
import { isFloat, kernel } from '../kernel.js';
import { paddedChannels, withPadding } from '../parts/padding.js';

type Shape4D = [number, number, number, number];

/** A depthwise convolution as the kernels see it: channels padded to a multiple of 4. */
interface Depthwise {
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
  /** Whether there is an unrolled kernel for this size, stride and dilation. */
  readonly isCommon: boolean;
}

/** What every depthwise kernel takes: sizes and padding. */
type Geometry = readonly [
  height: number,
  width: number,
  channels: number,
  outH: number,
  outW: number,
  top: number,
  left: number,
];

function describe(attrs: NamedAttrMap, inputShape: number[], filterShape: number[]): Depthwise | undefined {
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
  const isCommon = kernelH === kernelW && [1, 3, 5, 7].includes(kernelH) && stride <= 2 && dilation === 1;
  return {
    inShape: info.inShape,
    outShape: info.outShape,
    channels: info.inChannels,
    padded: paddedChannels(info.inChannels),
    ...{ kernelH, kernelW, stride, dilation, isCommon },
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

const weightBytes = ({ padded, kernelH, kernelW }: Depthwise) => padded * kernelH * kernelW * 4;
const pixels = ([batch, height, width]: Shape4D) => batch * height * width;

function geometry({ inShape, outShape, padded, top, left }: Depthwise): Geometry {
  return [inShape[1], inShape[2], padded, outShape[1], outShape[2], top, left];
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
    const taps = d.kernelH * d.kernelW;
    backend.pool.runAlone(
      'packDepthwise',
      1,
      backend.pointer(filter),
      weights,
      taps,
      d.channels,
      Number(isFlipped),
    );
    use(weights);
  });
}

function forward(backend: WasmBackend, x: TensorInfo, filter: TensorInfo, d: Depthwise): TensorInfo {
  const out = backend.output(d.outShape);
  const rows = d.outShape[0] * d.outShape[1];
  const blockRows = rowsPerItem(rows, d.outShape[2] * d.padded);
  const items = Math.ceil(rows / blockRows);
  const input = { pointer: backend.pointer(x), rows: pixels(d.inShape), channels: d.channels };
  const output = { pointer: backend.pointer(out), rows: pixels(d.outShape), channels: d.channels };
  withWeights(backend, filter, d, false, (weights) => {
    withPadding(backend, [input], [output], (from, to) => {
      const args = [from, weights, to, rows, ...geometry(d), blockRows];
      if (d.isCommon) backend.pool.run(`depthwise${d.kernelH}s${d.stride}`, items, ...args, blockChannels(d));
      else backend.pool.run('depthwise', items, ...args, d.kernelH, d.kernelW, d.stride, d.dilation);
    });
  });
  return out;
}

function backwardInput(backend: WasmBackend, dy: TensorInfo, filter: TensorInfo, d: Depthwise): TensorInfo {
  const out = backend.output(d.inShape);
  const rows = d.inShape[0] * d.inShape[1];
  const blockRows = rowsPerItem(rows, d.inShape[2] * d.padded);
  const items = Math.ceil(rows / blockRows);
  const input = { pointer: backend.pointer(dy), rows: pixels(d.outShape), channels: d.channels };
  const output = { pointer: backend.pointer(out), rows: pixels(d.inShape), channels: d.channels };
  const isForward = d.isCommon && d.stride === 1;
  withWeights(backend, filter, d, isForward, (weights) => {
    withPadding(backend, [input], [output], (from, to) => {
      if (isForward) {
        // At stride 1 the gradient is the convolution of dy by the reversed weights.
        const k = d.kernelH;
        const turned = [d.outShape[1], d.outShape[2], d.padded, d.inShape[1], d.inShape[2]];
        const padding = [k - 1 - d.top, k - 1 - d.left];
        const args = [from, weights, to, rows, ...turned, ...padding, blockRows, blockChannels(d)];
        backend.pool.run(`depthwise${k}s1`, items, ...args);
        return;
      }
      const args = [from, weights, to, rows, ...geometry(d), blockRows];
      if (d.isCommon) backend.pool.run(`depthwiseInput${d.kernelH}s2`, items, ...args, blockChannels(d));
      else backend.pool.run('depthwiseInput', items, ...args, d.kernelH, d.kernelW, d.stride, d.dilation);
    });
  });
  return out;
}

/** Pieces of work that the gradient to the weights is cut into, by channels and by rows. */
const GRAD_ITEMS = 16;
/** Pixels that a kernel goes through before it puts its sums back into memory. */
const GRAD_PIXELS = 56;

function backwardFilter(
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
  const slices = Math.max(1, Math.min(GRAD_ITEMS, rows, d.isCommon ? share : GRAD_ITEMS));
  const wantedC = d.isCommon ? Math.ceil(GRAD_ITEMS / 2 / slices) : 1;
  const blockC = roundUp(Math.ceil((d.padded * 4) / wantedC), 64);
  const blocksC = Math.ceil((d.padded * 4) / blockC);
  const sumBytes = roundUp(weightBytes(d), 64);
  const zeroBytes = d.inShape[2] * d.padded * 4;
  backend.scratch(slices * sumBytes + zeroBytes, (sums) => {
    const zeros = sums + slices * sumBytes;
    withPadding(backend, [input, gradient], [], (from, by) => {
      if (d.isCommon) {
        backend.pool.runAlone('fillZero', 1, zeros, zeroBytes);
        const blockRows = Math.max(1, Math.floor(GRAD_PIXELS / d.outShape[2]));
        const args = [from, by, sums, sumBytes, slices, zeros, rows, ...geometry(d), blockRows, blockC];
        backend.pool.run(`depthwiseGrad${d.kernelH}s${d.stride}`, slices * blocksC, ...args);
      } else {
        const args = [from, by, sums, sumBytes, rows, ...geometry(d)];
        backend.pool.run('depthwiseGrad', slices, ...args, d.kernelH, d.kernelW, d.stride, d.dilation);
      }
    });
    const taps = d.kernelH * d.kernelW;
    backend.pool.runAlone(
      'unpackDepthwise',
      1,
      sums,
      sumBytes,
      slices,
      backend.pointer(out),
      taps,
      d.channels,
    );
  });
  return out;
}

export const depthwiseKernels = [
  kernel(DepthwiseConv2dNative, (backend, { x, filter }, attrs) => {
    const d = isFloat(x, filter) ? describe(attrs, x.shape, filter.shape) : undefined;
    return d && forward(backend, x, filter, d);
  }),
  kernel(DepthwiseConv2dNativeBackpropInput, (backend, { dy, filter }, attrs) => {
    const d = isFloat(dy, filter) ? describe(attrs, attrs.inputShape as number[], filter.shape) : undefined;
    return d && backwardInput(backend, dy, filter, d);
  }),
  kernel(DepthwiseConv2dNativeBackpropFilter, (backend, { x, dy }, attrs) => {
    const filterShape = attrs.filterShape as number[];
    const d = isFloat(x, dy) ? describe(attrs, x.shape, filterShape) : undefined;
    return d && backwardFilter(backend, x, dy, filterShape, d);
  }),
];

import type { TensorInfo } from '../../tf-core.js';
import {
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  type InvolutionAttrs,
  outputLength,
  zerosBefore,
} from '../../kernels/involution.js';
import type { WasmBackend } from '../backend.js';
import { roundUp } from './parts/gemm.js';
import { type Mode, runNarrow, runPointwise } from './involution-narrow.js';
import { wasmKernel } from './kernel.js';
import { paddedChannels } from './parts/padding.js';

type Shape4D = readonly [batch: number, height: number, width: number, channels: number];

/** Routines of the common sizes, by what they compute; the gradient to the input has stride and dilation 1. */
const TILED = {
  3: { forward: 'involution3', input: 'involutionInput3', kernel: 'involutionKernel3' },
  5: { forward: 'involution5', input: 'involutionInput5', kernel: 'involutionKernel5' },
  7: { forward: 'involution7', input: 'involutionInput7', kernel: 'involutionKernel7' },
} as const;
/** Output rows that a thread takes at a time; the band around them is copied, so not too few. */
const BAND_ROWS = 14;

/** The tensors by what they are for: x or dX, kernel or dKernel, y or dy. */
interface Call {
  readonly x: TensorInfo;
  readonly kernel: TensorInfo;
  readonly y: TensorInfo;
  readonly shape: Shape4D;
  readonly attrs: InvolutionAttrs;
}

function run(backend: WasmBackend, mode: Mode, call: Call): void {
  const { kernelSize, groups, stride, dilation } = call.attrs;
  const [batch, height, width, channels] = call.shape;
  const outH = outputLength(height, call.attrs);
  const outW = outputLength(width, call.attrs);
  if (batch * height * width * channels === 0) return;
  const at = { x: backend.pointer(call.x), kernel: backend.pointer(call.kernel), y: backend.pointer(call.y) };
  if (kernelSize === 1 && stride === 1) {
    runPointwise(backend, mode, at, call.shape, groups);
    return;
  }
  if (groups === channels) {
    runNarrow(backend, mode, at, call.shape, [outH, outW], call.attrs);
    return;
  }
  const { routines } = backend;
  const isPlain = stride === 1 && dilation === 1;
  const tiled = mode !== 'input' || isPlain ? TILED[kernelSize as keyof typeof TILED] : undefined;
  const before = zerosBefore(call.attrs);
  const sizes = { height, width, channels, groups, stride, dilation, before, outH, outW };
  if (tiled === undefined) {
    const all = { items: batch * groups, size: kernelSize, ...sizes };
    if (mode === 'forward') routines.involutionTaps({ x: at.x, kernel: at.kernel, to: at.y, ...all });
    else if (mode === 'input')
      routines.involutionInputTaps({ dy: at.y, kernel: at.kernel, to: at.x, ...all });
    else routines.involutionKernelTaps({ x: at.x, dy: at.y, to: at.kernel, ...all });
    return;
  }
  // Of the map that comes out.
  const [rows, columns] = mode === 'input' ? [height, width] : [outH, outW];
  const bandRows = Math.ceil(rows / Math.ceil(rows / BAND_ROWS));
  const reach = dilation * (kernelSize - 1);
  const bandPixels = ((bandRows - 1) * stride + reach + 1) * ((columns - 1) * stride + reach + 1);
  const depth = paddedChannels(channels / groups);
  const kernelValues = mode === 'input' ? kernelSize * kernelSize : 0;
  const scratchStride = roundUp(4 * (bandPixels * (depth + kernelValues) + columns * depth) + 64, 64);
  backend.scratch(backend.pool.threads * scratchStride, (scratch) => {
    const items = batch * groups * Math.ceil(rows / bandRows);
    const all = { items, batch, ...sizes, bandRows, scratch, scratchStride };
    if (mode === 'forward') routines[tiled.forward]({ x: at.x, kernel: at.kernel, to: at.y, ...all });
    else if (mode === 'input') routines[tiled.input]({ dy: at.y, kernel: at.kernel, to: at.x, ...all });
    else routines[tiled.kernel]({ x: at.x, dy: at.y, to: at.kernel, ...all });
  });
}

export const involution = wasmKernel(Involution, (backend, { x, kernel: weights }, attrs) => {
  const [batch, height, width, channels] = x.shape;
  const outShape = [batch, outputLength(height, attrs), outputLength(width, attrs), channels];
  const y = backend.output(outShape);
  run(backend, 'forward', { x, kernel: weights, y, shape: [batch, height, width, channels], attrs });
  return y;
});

export const involutionBackpropInput = wasmKernel(
  InvolutionBackpropInput,
  (backend, { dy, kernel: weights }, attrs) => {
    const x = backend.output(attrs.inputShape);
    run(backend, 'input', { x, kernel: weights, y: dy, shape: attrs.inputShape, attrs });
    return x;
  },
);

export const involutionBackpropKernel = wasmKernel(InvolutionBackpropKernel, (backend, { dy, x }, attrs) => {
  const [batch, height, width, channels] = x.shape;
  const size = attrs.groups * attrs.kernelSize ** 2;
  const weights = backend.output([...dy.shape.slice(0, 3), size]);
  run(backend, 'kernel', { x, kernel: weights, y: dy, shape: [batch, height, width, channels], attrs });
  return weights;
});

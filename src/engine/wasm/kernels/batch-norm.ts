import { type TensorInfo, util } from '../../tf-core.js';
import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  type FusedActivation,
} from '../../kernels/batch-norm.js';
import type { WasmBackend } from '../backend.js';
import { ELEMENTS_PER_ITEM, wasmKernel } from './kernel.js';
import { paddedChannels, withPadding } from './parts/padding.js';

const ROUTINES = {
  none: { apply: 'bnApplyNone', gradSums: 'bnGradSumsNone', gradInput: 'bnGradInputNone' },
  relu: { apply: 'bnApplyRelu', gradSums: 'bnGradSumsRelu', gradInput: 'bnGradInputRelu' },
  swish: { apply: 'bnApplySwish', gradSums: 'bnGradSumsSwish', gradInput: 'bnGradInputSwish' },
  gelu: { apply: 'bnApplyGelu', gradSums: 'bnGradSumsGelu', gradInput: 'bnGradInputGelu' },
} as const satisfies Readonly<Record<FusedActivation, unknown>>;

interface Sizes {
  readonly rows: number;
  readonly channels: number;
  /** Channels as the kernels see them. */
  readonly padded: number;
  readonly blockRows: number;
  /** Parts into which the sums over the rows are cut: a matter of the shape alone. */
  readonly slices: number;
  /** Pieces of work of kernels that go through the channels. */
  readonly channelItems: number;
}

function sizesOf(x: TensorInfo): Sizes {
  const channels = x.shape[x.shape.length - 1];
  const rows = util.sizeFromShape(x.shape) / Math.max(1, channels);
  const padded = paddedChannels(channels);
  return {
    rows,
    channels,
    padded,
    blockRows: Math.max(1, Math.floor(ELEMENTS_PER_ITEM / Math.max(1, padded))),
    slices: Math.max(1, Math.min(32, rows, Math.ceil((rows * padded) / 32768))),
    channelItems: Math.ceil(channels / 64),
  };
}

function applyTo(
  { routines }: WasmBackend,
  activation: FusedActivation,
  at: Readonly<Record<'x' | 'to' | 'mean' | 'factor' | 'offset', number>>,
  { rows, padded, blockRows }: Sizes,
): void {
  const items = Math.ceil(rows / blockRows);
  routines[ROUTINES[activation].apply]({ items, ...at, rows, channels: padded, blockRows });
}

export const batchNormTraining = wasmKernel(
  BatchNormTraining,
  (backend, { x, scale, offset }, { epsilon, activation }) => {
    const sizes = sizesOf(x);
    const { rows, channels, padded, slices, channelItems } = sizes;
    const y = backend.output(x.shape);
    const mean = backend.output([channels]);
    const variance = backend.output([channels]);
    const [from, to] = [x, y].map((tensor) => ({ pointer: backend.pointer(tensor), rows, channels }));
    const moments = { mean: backend.pointer(mean), variance: backend.pointer(variance) };
    withPadding(backend, { x: from }, { y: to }, (at) => {
      backend.scratch((slices * 3 + 1) * padded * 4, (factor) => {
        const sums = factor + padded * 4;
        backend.routines.bnSums({ items: slices, x: at.x, rows, channels: padded, sums });
        backend.alone.bnMoments({
          items: channelItems,
          sums,
          slices,
          rows,
          channels,
          stride: padded,
          scale: backend.pointer(scale),
          epsilon,
          ...moments,
          factor,
        });
        const offsetAt = backend.pointer(offset);
        const terms = { x: at.x, to: at.y, mean: moments.mean, factor, offset: offsetAt };
        applyTo(backend, activation, terms, sizes);
      });
    });
    return [y, mean, variance];
  },
);

export const batchNormInference = wasmKernel(
  BatchNormInference,
  (backend, inputs, { epsilon, activation }) => {
    const sizes = sizesOf(inputs.x);
    const { rows, channels, padded } = sizes;
    const y = backend.output(inputs.x.shape);
    const [from, to] = [inputs.x, y].map((tensor) => ({ pointer: backend.pointer(tensor), rows, channels }));
    withPadding(backend, { x: from }, { y: to }, (at) => {
      backend.scratch(padded * 4, (factor) => {
        const [variance, scale] = [backend.pointer(inputs.variance), backend.pointer(inputs.scale)];
        backend.alone.bnFactor({ items: 1, variance, scale, epsilon, channels, factor });
        const [mean, offset] = [backend.pointer(inputs.mean), backend.pointer(inputs.offset)];
        applyTo(backend, activation, { x: at.x, to: at.y, mean, factor, offset }, sizes);
      });
    });
    return y;
  },
);

export const batchNormTrainingGrad = wasmKernel(
  BatchNormTrainingGrad,
  (backend, inputs, { epsilon, activation }) => {
    const sizes = sizesOf(inputs.x);
    const { rows, channels, padded, slices, channelItems, blockRows } = sizes;
    const dx = backend.output(inputs.x.shape);
    const dScale = backend.output([channels]);
    const dOffset = backend.output([channels]);
    const rowsOf = (tensor: TensorInfo) => ({ pointer: backend.pointer(tensor), rows, channels });
    const { gradSums, gradInput } = ROUTINES[activation];
    const given = { x: rowsOf(inputs.x), dy: rowsOf(inputs.dy) };
    withPadding(backend, given, { dx: rowsOf(dx) }, (at) => {
      backend.scratch((slices * 2 + 3) * padded * 4, (factor) => {
        const one = factor + padded * 4;
        const two = one + padded * 4;
        const sums = two + padded * 4;
        const [variance, scale] = [backend.pointer(inputs.variance), backend.pointer(inputs.scale)];
        backend.alone.bnFactor({ items: 1, variance, scale, epsilon, channels, factor });
        const [mean, offset] = [backend.pointer(inputs.mean), backend.pointer(inputs.offset)];
        const terms = { x: at.x, dy: at.dy, dx: at.dx, mean, factor, offset, rows, channels: padded };
        backend.routines[gradSums]({ items: slices, ...terms, sums });
        backend.alone.bnGradMoments({
          items: channelItems,
          sums,
          slices,
          rows,
          channels,
          stride: padded,
          variance,
          epsilon,
          dScale: backend.pointer(dScale),
          dOffset: backend.pointer(dOffset),
          one,
          two,
        });
        backend.routines[gradInput]({ items: Math.ceil(rows / blockRows), ...terms, one, two, blockRows });
      });
    });
    return [dx, dScale, dOffset];
  },
);

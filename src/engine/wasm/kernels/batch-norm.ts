import { type TensorInfo, util } from '../../tf-core.js';
import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  type BatchNormAttrs,
  type FusedActivation,
} from '../../kernels.js';
import type { WasmBackend } from '../backend.js';
import { ELEMENTS_PER_ITEM, kernel } from './kernel.js';
import { paddedChannels, withPadding } from './parts/padding.js';

const SUFFIX: Readonly<Record<FusedActivation, string>> = { none: 'None', relu: 'Relu', swish: 'Swish' };

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
  { pool }: WasmBackend,
  activation: FusedActivation,
  pointers: readonly number[],
  { rows, padded, blockRows }: Sizes,
): void {
  pool.run(`bnApply${SUFFIX[activation]}`, Math.ceil(rows / blockRows), ...pointers, rows, padded, blockRows);
}

export const batchNormTraining = kernel<BatchNormAttrs>(
  BatchNormTraining,
  (backend, { x, scale, offset }, { epsilon, activation }) => {
    const sizes = sizesOf(x);
    const { rows, channels, padded, slices, channelItems } = sizes;
    const y = backend.output(x.shape);
    const mean = backend.output([channels]);
    const variance = backend.output([channels]);
    const [from, to] = [x, y].map((tensor) => ({ pointer: backend.pointer(tensor), rows, channels }));
    const moments = [backend.pointer(mean), backend.pointer(variance)];
    withPadding(backend, [from], [to], (px, py) => {
      backend.scratch((slices * 3 + 1) * padded * 4, (factor) => {
        const sums = factor + padded * 4;
        backend.pool.run('bnSums', slices, px, rows, padded, sums);
        const scaleAt = backend.pointer(scale);
        const args = [sums, slices, rows, channels, padded, scaleAt, epsilon, ...moments, factor];
        backend.pool.runAlone('bnMoments', channelItems, ...args);
        applyTo(backend, activation, [px, py, moments[0], factor, backend.pointer(offset)], sizes);
      });
    });
    return [y, mean, variance];
  },
);

export const batchNormInference = kernel<BatchNormAttrs>(
  BatchNormInference,
  (backend, inputs, { epsilon, activation }) => {
    const sizes = sizesOf(inputs.x);
    const { rows, channels, padded } = sizes;
    const y = backend.output(inputs.x.shape);
    const [from, to] = [inputs.x, y].map((tensor) => ({ pointer: backend.pointer(tensor), rows, channels }));
    const at = (name: string) => backend.pointer(inputs[name]);
    withPadding(backend, [from], [to], (px, py) => {
      backend.scratch(padded * 4, (factor) => {
        backend.pool.runAlone('bnFactor', 1, at('variance'), at('scale'), epsilon, channels, factor);
        applyTo(backend, activation, [px, py, at('mean'), factor, at('offset')], sizes);
      });
    });
    return y;
  },
);

export const batchNormTrainingGrad = kernel<BatchNormAttrs>(
  BatchNormTrainingGrad,
  (backend, inputs, { epsilon, activation }) => {
    const sizes = sizesOf(inputs.x);
    const { rows, channels, padded, slices, channelItems, blockRows } = sizes;
    const dx = backend.output(inputs.x.shape);
    const dScale = backend.output([channels]);
    const dOffset = backend.output([channels]);
    const rowsOf = (tensor: TensorInfo) => ({ pointer: backend.pointer(tensor), rows, channels });
    const at = (name: string) => backend.pointer(inputs[name]);
    withPadding(backend, [rowsOf(inputs.x), rowsOf(inputs.dy)], [rowsOf(dx)], (px, pdy, pdx) => {
      backend.scratch((slices * 2 + 3) * padded * 4, (factor) => {
        const one = factor + padded * 4;
        const two = one + padded * 4;
        const sums = two + padded * 4;
        const suffix = SUFFIX[activation];
        backend.pool.runAlone('bnFactor', 1, at('variance'), at('scale'), epsilon, channels, factor);
        const terms = [px, pdy, pdx, at('mean'), factor, at('offset')];
        backend.pool.run(`bnGradSums${suffix}`, slices, ...terms, rows, padded, sums);
        backend.pool.runAlone(
          'bnGradMoments',
          channelItems,
          ...[sums, slices, rows, channels, padded, at('variance'), epsilon],
          ...[backend.pointer(dScale), backend.pointer(dOffset), one, two],
        );
        const items = Math.ceil(rows / blockRows);
        backend.pool.run(`bnGradInput${suffix}`, items, ...terms, one, two, rows, padded, blockRows);
      });
    });
    return [dx, dScale, dOffset];
  },
);

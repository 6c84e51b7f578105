import type { TensorInfo } from '../../tf-core.js';
import { ChannelScale, ChannelScaleGrad } from '../../kernels/channel-scale.js';
import type { WasmBackend } from '../backend.js';
import { ELEMENTS_PER_ITEM, wasmKernel } from './kernel.js';
import { addSlices, slicesOf } from './parts/sum-rows.js';

/** Multiplies [B,H,W,C] by [B,C], under whatever shape the latter comes. */
export function scaleChannels(backend: WasmBackend, x: TensorInfo, scale: TensorInfo): TensorInfo {
  const out = backend.output(x.shape);
  const [batch, height, width, channels] = x.shape;
  const rows = height * width;
  const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / Math.max(1, channels)));
  const items = batch * Math.ceil(rows / blockRows);
  backend.routines.channelScale({
    items,
    x: backend.pointer(x),
    scale: backend.pointer(scale),
    to: backend.pointer(out),
    rows,
    channels,
    blockRows,
  });
  return out;
}

export const channelScale = wasmKernel(ChannelScale, (backend, { x, scale }) =>
  scaleChannels(backend, x, scale),
);

export const channelScaleGrad = wasmKernel(ChannelScaleGrad, (backend, { dy, x, scale }) => {
  const [batch, height, width, channels] = x.shape;
  const rows = height * width;
  const dx = backend.output(x.shape);
  const dScale = backend.output(scale.shape);
  const slices = slicesOf(batch, rows, channels);
  const run = (sums: number) => {
    backend.routines.channelScaleGrad({
      items: batch * slices,
      dy: backend.pointer(dy),
      x: backend.pointer(x),
      scale: backend.pointer(scale),
      dx: backend.pointer(dx),
      sums,
      rows,
      channels,
      slices,
    });
  };
  if (slices === 1) {
    run(backend.pointer(dScale));
  } else {
    backend.scratch(batch * slices * channels * 4, (sums) => {
      run(sums);
      addSlices(backend, sums, backend.pointer(dScale), [batch, slices, channels], 1);
    });
  }
  return [dx, dScale];
});

import { util } from '../../tf-core.js';
import { NeighbourhoodSoftmax, NeighbourhoodSoftmaxGrad } from '../../kernels/neighbourhood-softmax.js';
import { roundUp } from './parts/gemm.js';
import { ELEMENTS_PER_ITEM, wasmKernel } from './kernel.js';

export const neighbourhoodSoftmax = wasmKernel(NeighbourhoodSoftmax, (backend, { logits }, attrs) => {
  const { kernelSize, groups, stride, dilation, mask, height, width } = attrs;
  const [batch, outH, outW, row] = logits.shape;
  const out = backend.output(logits.shape);
  const places = batch * outH * outW;
  if (places * row === 0) return out;
  const blockPlaces = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / row));
  // The taps that are seen as a mask of bits, one for each thread.
  const maskBytes = roundUp(kernelSize ** 2 * 4, 64);
  backend.scratch(backend.pool.threads * maskBytes, (masks) => {
    backend.routines.neighbourhoodSoftmax({
      items: Math.ceil(places / blockPlaces),
      logits: backend.pointer(logits),
      to: backend.pointer(out),
      places,
      outH,
      outW,
      groups,
      size: kernelSize,
      stride,
      dilation,
      isMasked: Number(mask),
      height,
      width,
      blockPlaces,
      masks,
      maskBytes,
    });
  });
  return out;
});

export const neighbourhoodSoftmaxGrad = wasmKernel(
  NeighbourhoodSoftmaxGrad,
  (backend, { dy, y }, { kernelSize }) => {
    const out = backend.output(y.shape);
    const taps = kernelSize ** 2;
    const rows = util.sizeFromShape(y.shape) / taps;
    const blockRows = Math.max(1, Math.floor(ELEMENTS_PER_ITEM / taps));
    backend.routines.neighbourhoodSoftmaxGrad({
      items: Math.ceil(rows / blockRows),
      dy: backend.pointer(dy),
      y: backend.pointer(y),
      to: backend.pointer(out),
      rows,
      taps,
      blockRows,
    });
    return out;
  },
);

import { adjointShares, bilinearShares, type Share } from '../bilinear-weights.js';
import type { Tensor4D } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Numbers, Shape4D } from './kernel.js';

/** The size that a map gets. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Bilinear resizing with half-pixel centres, as PyTorch's `interpolate(mode='bilinear', align_corners=False)`: each
 * place is the mean of the four around it, weighed by how near they are. `x` [B,H,W,C] → [B,height,width,C].
 */
export const BilinearResize = defineKernel({
  name: 'BilinearResize',
  inputs: { x: float32(4) },
  attributes: attributes<MapSize>(),
  outputs: { y: ({ x: [batch, , , channels] }, { height, width }) => [batch, height, width, channels] },
  gradient: {
    // Only its shape is looked at.
    keeps: ['x'],
    of: (dy, { x }) => ({
      x: () => {
        const [, height, width] = x.shape;
        return callKernel(BilinearResizeGrad, { dy: dy as Tensor4D }, { height, width });
      },
    }),
  },
  reference: ({ shapes, values, attrs: { height, width } }) => {
    const [, rows, columns] = shapes.x;
    return blended(values.x, shapes.x, bilinearShares(rows, height), bilinearShares(columns, width));
  },
  tolerance: 2e-6,
});

/**
 * Its gradient: each place gets its share of all that it is a part of. `dy` [B,OH,OW,C] → [B,height,width,C], the
 * size of what was resized.
 */
export const BilinearResizeGrad = defineKernel({
  name: 'BilinearResizeGrad',
  inputs: { dy: float32(4) },
  attributes: attributes<MapSize>(),
  outputs: { dx: ({ dy: [batch, , , channels] }, { height, width }) => [batch, height, width, channels] },
  reference: ({ shapes, values, attrs: { height, width } }) => {
    const [, outHeight, outWidth] = shapes.dy;
    const rows = adjointShares(bilinearShares(height, outHeight), height);
    const columns = adjointShares(bilinearShares(width, outWidth), width);
    return blended(values.dy, shapes.dy, rows, columns);
  },
  tolerance: 2e-6,
});

// --- internal ---

/** y[b,i,j,c] = Σ over the shares of i and j of weight · weight · x[b,·,·,c]. */
function blended(
  x: Numbers,
  [batch, height, width, channels]: Shape4D,
  rows: readonly (readonly Share[])[],
  columns: readonly (readonly Share[])[],
): Float32Array {
  const y = new Float32Array(batch * rows.length * columns.length * channels);
  let to = 0;
  for (let b = 0; b < batch; b++)
    for (const ofRow of rows)
      for (const ofColumn of columns)
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (const [row, weight] of ofRow)
            for (const [column, other] of ofColumn)
              sum += weight * other * x[((b * height + row) * width + column) * channels + c];
          y[to++] = sum;
        }
  return y;
}

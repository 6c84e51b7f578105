import { adjointShares, resizeShares, type ResizeRule, type Share } from '../resize-shares.js';
import type { Tensor4D } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Numbers, Shape4D } from './kernel.js';

export interface MapResizeAttrs {
  /** The size that a map gets. */
  readonly height: number;
  readonly width: number;
  readonly rule: ResizeRule;
}

/**
 * A map of another size. `bilinear`: each place is the mean of the four around it, weighed by how near they are, with
 * half-pixel centres, as PyTorch's `interpolate(mode='bilinear', align_corners=False)`; `mean`: of all places that it stands
 * for, as its `adaptive_avg_pool2d`. `x` [B,H,W,C] → [B,height,width,C].
 */
export const MapResize = defineKernel({
  name: 'MapResize',
  inputs: { x: float32(4) },
  attributes: attributes<MapResizeAttrs>(),
  outputs: { y: ({ x: [batch, , , channels] }, { height, width }) => [batch, height, width, channels] },
  gradient: {
    // Only its shape is looked at.
    keeps: ['x'],
    of: (dy, { x }, { rule }) => ({
      x: () => {
        const [, height, width] = x.shape;
        return callKernel(MapResizeGrad, { dy: dy as Tensor4D }, { height, width, rule });
      },
    }),
  },
  reference: ({ shapes, values, attrs: { height, width, rule } }) => {
    const [, rows, columns] = shapes.x;
    return blended(values.x, shapes.x, resizeShares(rows, height, rule), resizeShares(columns, width, rule));
  },
  tolerance: 2e-6,
});

/**
 * Its gradient: each place gets its share of all that it is a part of. `dy` [B,OH,OW,C] → [B,height,width,C], the
 * size of what was resized.
 */
export const MapResizeGrad = defineKernel({
  name: 'MapResizeGrad',
  inputs: { dy: float32(4) },
  attributes: attributes<MapResizeAttrs>(),
  outputs: { dx: ({ dy: [batch, , , channels] }, { height, width }) => [batch, height, width, channels] },
  reference: ({ shapes, values, attrs: { height, width, rule } }) => {
    const [, outHeight, outWidth] = shapes.dy;
    const rows = adjointShares(resizeShares(height, outHeight, rule), height);
    const columns = adjointShares(resizeShares(width, outWidth, rule), width);
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

import { image, slice, type Tensor4D } from './tf-core.js';

/**
 * Nearest-neighbour upsampling by two, cut to `height`×`width`: the counterpart of average pooling by two, which
 * gives ⌈H/2⌉×⌈W/2⌉ where H or W is odd. [B,⌈H/2⌉,⌈W/2⌉,C] → [B,H,W,C].
 */
export function upsample(x: Tensor4D, height: number, width: number): Tensor4D {
  const [batch, rows, columns, channels] = x.shape;
  const doubled = image.resizeNearestNeighbor(x, [2 * rows, 2 * columns]);
  if (height === 2 * rows && width === 2 * columns) return doubled;
  return slice(doubled, [0, 0, 0, 0], [batch, height, width, channels]);
}

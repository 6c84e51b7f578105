import { RandomStream } from '../../util/random.js';
import type { Affine } from './affine-map.js';

/** How an image is made larger or smaller, and where in its frame it then lies. */
export interface Scaling {
  /** Pixels of a side of the image, once it is scaled. */
  readonly side: number;
  /** Of its upper left corner, from that of the frame: negative where the image is larger. */
  readonly left: number;
  readonly top: number;
}

/**
 * The scaling of this key: a factor that is uniform over the range, and a place that is uniform over those where the
 * frame has all of a smaller image, or a larger image all of the frame. As torchvision's `ScaleJitter` or
 * mmsegmentation's `RandomResize`, with the random crop to the size of the input behind it.
 * @param size height and width of the image
 */
export function drawScale(key: number, size: number, [low, high]: readonly [number, number]): Scaling {
  const stream = new RandomStream(key, 'scale');
  const side = Math.max(1, Math.round(size * stream.between(low, high)));
  const least = Math.min(0, size - side);
  const place = (): number => least + stream.integer(Math.abs(size - side) + 1);
  return { side, left: place(), top: place() };
}

/** The map that draws an image scaled so. */
export function scaling(size: number, { side, left, top }: Scaling): Affine {
  const step = size / side;
  return [step, 0, -left * step, 0, step, -top * step];
}

import { RandomStream } from '../../util/random.js';
import type { Box } from '../resize.js';
import type { AugmentConfig } from './options.js';

type Erasing = NonNullable<AugmentConfig['randomErasing']>;

const tries = 10;

/**
 * The rectangle of this key that is put out of sight, or null: ten draws of area and ratio, the first that is smaller
 * than the image in both directions wins; where none is, nothing happens (torchvision `RandomErasing`).
 */
export function drawErasing(key: number, size: number, { probability, scale, ratio }: Erasing): Box | null {
  const stream = new RandomStream(key, 'erasing');
  if (stream.uniform() >= probability) return null;
  const [low, high] = ratio;
  for (let i = 0; i < tries; i++) {
    const area = size * size * stream.between(scale[0], scale[1]);
    const aspect = Math.exp(stream.between(Math.log(low), Math.log(high)));
    const height = Math.round(Math.sqrt(area * aspect));
    const width = Math.round(Math.sqrt(area / aspect));
    if (height >= size || width >= size) continue;
    const top = stream.integer(size - height + 1);
    const left = stream.integer(size - width + 1);
    return { left, top, width, height };
  }
  return null;
}

/**
 * Overwrites a box of the size·size·3 normalised values of one image at `offset`.
 * @param value what is put there; random: a standard normal number of the key for each value
 */
export function erase(
  values: Float32Array,
  offset: number,
  size: number,
  { left, top, width, height }: Box,
  value: Erasing['value'],
  key: number,
): void {
  const stream = new RandomStream(key, 'erasing', 'values');
  for (let y = top; y < top + height; y++) {
    const start = offset + (y * size + left) * 3;
    const end = start + width * 3;
    if (value !== 'random') values.fill(value, start, end);
    else for (let i = start; i < end; i++) values[i] = stream.normal();
  }
}

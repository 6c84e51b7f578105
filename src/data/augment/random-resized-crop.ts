import { RandomStream } from '../../util/random.js';
import { resize, type Box } from '../resize.js';

export interface CropRange {
  /** Share of the image's area. */
  readonly scale: readonly [number, number];
  /** Width over height, drawn uniformly in its logarithm. */
  readonly ratio: readonly [number, number];
}

const tries = 10;

/**
 * The crop of this key: ten draws of area and aspect ratio, the first that fits wins, else the largest central
 * crop within the range of ratios (Szegedy et al. 2015, as torchvision's `RandomResizedCrop` draws it).
 * @param image its width and height in pixels, or the side of a square
 */
export function drawCrop(
  key: number,
  image: number | { readonly width: number; readonly height: number },
  range: CropRange,
): Box {
  const { width: across, height: down } = typeof image === 'number' ? { width: image, height: image } : image;
  const stream = new RandomStream(key, 'crop');
  const area = across * down;
  const [low, high] = range.ratio;
  for (let i = 0; i < tries; i++) {
    const target = area * stream.between(range.scale[0], range.scale[1]);
    const ratio = Math.exp(stream.between(Math.log(low), Math.log(high)));
    const width = Math.round(Math.sqrt(target * ratio));
    const height = Math.round(Math.sqrt(target / ratio));
    if (width > 0 && width <= across && height > 0 && height <= down) {
      const top = stream.integer(down - height + 1);
      const left = stream.integer(across - width + 1);
      return { left, top, width, height };
    }
  }
  const width = high < across / down ? Math.max(1, Math.round(down * high)) : across;
  const height = low > across / down ? Math.max(1, Math.round(across / low)) : down;
  return { left: (across - width) >> 1, top: (down - height) >> 1, width, height };
}

/** Resizes a crop of a size·size·3 image to the whole size, bilinear, rounded to uint8. */
export function randomResizedCrop(from: Uint8Array, to: Uint8Array, size: number, crop: Box): void {
  resize(from, { width: size, height: size }, crop, to, size);
}

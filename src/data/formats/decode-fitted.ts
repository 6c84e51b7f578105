import type { Sharp } from 'sharp';
import { centreBox, fittedSize, padded, type Fit } from '../fit.js';
import { resize, type Box } from '../resize.js';
import type { EncodedImage } from '../source.js';
import { decodeImage, largeImage, remarksOn, squeeze, withImage, type Found } from './decode-image.js';

/**
 * Decodes an image to size × size RGB bytes as a fit says, otherwise like `decodeImage`: the same Lanczos filter.
 * @returns what was left out of it, in words
 * @throws BadImageError
 */
export async function decodeFitted(
  image: EncodedImage,
  fit: Fit,
  size: number,
  out: Uint8Array,
): Promise<readonly string[]> {
  if (fit.kind === 'squeeze') return decodeImage(image, size, out);
  return withImage(image, largeImage, async (upright, found) => {
    const whole = uprightSize(found);
    const target = fittedSize(whole, fit, size);
    if (fit.kind === 'pad') {
      padded(
        await upright().resize(target.width, target.height, squeeze).raw().toBuffer(),
        target,
        out,
        size,
      );
    } else if (Math.max(target.width, target.height) <= widestResult) {
      out.set(await centre(upright(), target, size));
    } else {
      // A strip: what is far from its centre is not resized at all.
      const middle = middleOf(whole);
      out.set(await centre(upright().extract(middle), fittedSize(middle, fit, size), size));
    }
    return remarksOn(found, out);
  });
}

/**
 * Cuts a box out of an image in its own pixels, aspect kept, and resizes it to size × size RGB bytes: bilinear,
 * antialiased when shrinking (`resize`). A JPEG is shrunk while it is decoded where the box stays larger than the
 * result, which takes a fraction of the time and changes a smooth picture by less than a level on average.
 * @param draw the box, of whole pixels, for the upright width and height of the image
 * @throws BadImageError
 */
export async function decodeCrop(
  image: EncodedImage,
  draw: (width: number, height: number) => Box,
  size: number,
  out: Uint8Array,
): Promise<void> {
  await withImage(image, largeImage, async (upright, found) => {
    const whole = uprightSize(found);
    const box = draw(whole.width, whole.height);
    const shrink = found.isJpeg && !found.isTurned ? shrinkFor(box, size) : null;
    if (shrink === null) {
      const pixels = await upright().extract(box).raw().toBuffer();
      resize(pixels, box, { ...box, left: 0, top: 0 }, out, size);
      return;
    }
    const { times, onLoad } = shrink;
    const width = Math.floor(whole.width / times);
    const height = Math.floor(whole.height / times);
    // Columns and rows that make no whole pixel of the shrunken image are dropped.
    const loaded = (side: number): number => Math.floor(side / onLoad) * onLoad;
    const small = scaled(box, width / loaded(whole.width), height / loaded(whole.height));
    const cover = coverOf(small, { width, height });
    const pixels = await upright().resize(width, height, shrunk).extract(cover).raw().toBuffer();
    const within = { ...small, left: small.left - cover.left, top: small.top - cover.top };
    resize(pixels, cover, within, out, size);
  });
}

/** By how much a JPEG is made smaller, and how much of that while it is decoded; the rest is sharp's Lanczos. */
export interface Shrink {
  readonly times: number;
  readonly onLoad: number;
}

/**
 * Decoders shrink 2, 4 or 8 times; sharp has them do so where the picture becomes 3, 5 or 9 times smaller, clear of a
 * rounding of libjpeg's at 2, 4 and 8.
 */
const shrinks: readonly Shrink[] = [
  { times: 9, onLoad: 8 },
  { times: 5, onLoad: 4 },
  { times: 3, onLoad: 2 },
];

/** How a JPEG may be shrunk, so that the box does not become smaller than the result; null: not at all. */
export function shrinkFor(box: Box, size: number): Shrink | null {
  const shorter = Math.min(box.width, box.height);
  // One pixel more, for sides that are rounded down.
  return shrinks.find(({ times }) => shorter >= times * (size + 1)) ?? null;
}

// --- internal ---

/** Sides of a picture that sharp resizes to. */
const widestResult = 16_383;

/** Of an image that is longer than this many times its width only the middle is looked at. */
const longest = 8;

const shrunk = { ...squeeze, fastShrinkOnLoad: true } as const;

function uprightSize({ width, height, isSideways }: Found): { width: number; height: number } {
  return isSideways ? { width: height, height: width } : { width, height };
}

function centre(image: Sharp, target: { width: number; height: number }, size: number): Promise<Buffer> {
  return image.resize(target.width, target.height, squeeze).extract(centreBox(target, size)).raw().toBuffer();
}

/** The middle of a strip; what is cut off is the same at both ends. */
function middleOf({ width, height }: { width: number; height: number }): Box {
  const kept = (side: number, other: number): number =>
    side <= longest * other ? side : longest * other + ((side - longest * other) % 2);
  const box = { width: kept(width, height), height: kept(height, width) };
  return { ...box, left: (width - box.width) / 2, top: (height - box.height) / 2 };
}

function scaled({ left, top, width, height }: Box, across: number, down: number): Box {
  return { left: left * across, top: top * down, width: width * across, height: height * down };
}

/** The whole pixels of a picture that a box touches. */
function coverOf({ left, top, width, height }: Box, picture: { width: number; height: number }): Box {
  const from = { left: Math.floor(left), top: Math.floor(top) };
  return {
    ...from,
    width: Math.min(picture.width, Math.ceil(left + width)) - from.left,
    height: Math.min(picture.height, Math.ceil(top + height)) - from.top,
  };
}

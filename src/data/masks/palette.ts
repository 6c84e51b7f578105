import { IGNORED } from '../target.js';

/** Red, green and blue. */
export type Rgb = readonly [number, number, number];

/**
 * The colour of a label: Pascal VOC's, in which every three bits of the label are one of each channel, from the highest
 * on (`VOClabelcolormap` of its development kit). What counts for nothing has the VOC's colour of a border.
 */
export function labelColor(label: number): Rgb {
  if (label === IGNORED) return BORDER;
  const channels: [number, number, number] = [0, 0, 0];
  for (let bit = 7, rest = label; rest > 0; bit--, rest >>= 3) {
    for (let c = 0; c < 3; c++) channels[c] |= ((rest >> c) & 1) << bit;
  }
  return channels;
}

/** The colours of all labels, as a PNG has them. */
export function labelPalette(): Rgb[] {
  return Array.from({ length: 256 }, (_, label) => labelColor(label));
}

/**
 * The colour in which a class is shown: VOC's has black for the first one, which in masks of its own is everything else;
 * here it is a class like any other.
 */
export function classColor(c: number): Rgb {
  return c === IGNORED ? BORDER : labelColor(c + 1);
}

// --- internal ---

const BORDER: Rgb = [224, 224, 192];

import { mostOf, rangeOf, type HeatMap } from '../heat-map.js';
import type { Place } from '../place-weights.js';
import { blueToRed, inferno, notANumber, viridis, type Colour } from './colours.js';
import { enlarged, paint, type Picture } from './picture.js';

/** A map in colours from its 1st percentile, dark, to its 99th, yellow; a pixel a place. */
export function heatPicture(heat: HeatMap): Picture {
  const [least, most] = mostOf(heat);
  return paint(heat.width, heat.height, (x, y) => {
    const value = heat.values[y * heat.width + x]!;
    if (!Number.isFinite(value)) return notANumber;
    return viridis(most === least ? 0.5 : (value - least) / (most - least));
  });
}

/** A map of numbers of both signs: white is 0, the largest without its sign full red or blue; a pixel a place. */
export function signedPicture(heat: HeatMap): Picture {
  const most = Math.max(...rangeOf(heat).map(Math.abs));
  return paint(heat.width, heat.height, (x, y) => {
    const value = heat.values[y * heat.width + x]!;
    if (!Number.isFinite(value)) return notANumber;
    return blueToRed(most === 0 ? 0.5 : 0.5 + value / most / 2);
  });
}

/** A map over the image in grey, smooth between its places: where it is 0 the image stays as it is. */
export function gradCamPicture(image: Picture, heat: HeatMap): Picture {
  const most = rangeOf(heat)[1];
  return paint(image.width, image.height, (x, y) => {
    const share = most <= 0 ? 0 : smooth(heat, (x + 0.5) / image.width, (y + 0.5) / image.height) / most;
    return mixed(greyAt(image, x, y), inferno(0.25 + 0.75 * share), 0.7 * share);
  });
}

/**
 * The places that a place looks at, over the darkened image: the brighter, the more weight; a frame of cyan is around the
 * place itself. A place is large enough for its own weight to be seen within.
 */
export function attentionPicture(seen: Picture, heat: HeatMap, from: Place): Picture {
  const image = enlarged(seen, Math.max(1, Math.ceil((CELL * heat.width) / seen.width)));
  const most = rangeOf(heat)[1];
  const picture = paint(image.width, image.height, (x, y) => {
    const [column, row] = [
      Math.floor((x * heat.width) / image.width),
      Math.floor((y * heat.height) / image.height),
    ];
    const value = heat.values[row * heat.width + column]!;
    if (!Number.isFinite(value)) return notANumber;
    const share = most <= 0 ? 0 : Math.max(0, value) / most;
    const grey = 0.45 * greyAt(image, x, y)[0];
    return mixed([grey, grey, grey], inferno(0.3 + 0.7 * share), 0.85 * share);
  });
  frame(picture, {
    left: Math.floor((from.column * image.width) / heat.width),
    right: Math.ceil(((from.column + 1) * image.width) / heat.width) - 1,
    top: Math.floor((from.row * image.height) / heat.height),
    bottom: Math.ceil(((from.row + 1) * image.height) / heat.height) - 1,
  });
  return picture;
}

/** An image with a frame of cyan around some of its pixels, which stand in the middle of their frames. */
export function framedPicture(
  image: Picture,
  points: readonly { readonly x: number; readonly y: number }[],
): Picture {
  const picture = { ...image, pixels: image.pixels.slice() };
  const [right, bottom] = [image.width - 1, image.height - 1];
  const reach = Math.max(1, Math.round(image.width / 64));
  for (const { x, y } of points) {
    frame(picture, {
      left: Math.max(0, x - reach),
      right: Math.min(right, x + reach),
      top: Math.max(0, y - reach),
      bottom: Math.min(bottom, y + reach),
    });
  }
  return picture;
}

// --- internal ---

/** Pixels of a place at least, along a side. */
const CELL = 5;

const CYAN: Colour = [0, 229, 255];

function frame(
  { width, pixels }: Picture,
  { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
): void {
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      if (x === left || x === right || y === top || y === bottom) pixels.set(CYAN, (y * width + x) * 3);
    }
  }
}

/** Brightness by ITU-R BT.601. */
function greyAt({ width, pixels }: Picture, x: number, y: number): Colour {
  const i = (y * width + x) * 3;
  const grey = 0.299 * pixels[i]! + 0.587 * pixels[i + 1]! + 0.114 * pixels[i + 2]!;
  return [grey, grey, grey];
}

function mixed(one: Colour, other: Colour, share: number): Colour {
  return [0, 1, 2].map((i) => Math.round(one[i]! * (1 - share) + other[i]! * share)) as unknown as Colour;
}

/** Bilinear between the middles of the places, the border's number beyond; `x` and `y` from 0 to 1. */
function smooth({ height, width, values }: HeatMap, x: number, y: number): number {
  const [column, row] = [x * width - 0.5, y * height - 0.5];
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const at = (r: number, c: number): number => {
    const value = values[Math.min(height - 1, Math.max(0, r)) * width + Math.min(width - 1, Math.max(0, c))]!;
    return Number.isFinite(value) ? value : 0;
  };
  const [right, down] = [column - left, row - top];
  return (
    (at(top, left) * (1 - right) + at(top, left + 1) * right) * (1 - down) +
    (at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right) * down
  );
}

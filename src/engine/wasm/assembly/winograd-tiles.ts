// Tiles of images, and the sizes that all of Winograd's convolution shares.
import { halved } from './addend';
import { imax, imin, touch } from './primitives';

/** Pixels of an output tile in each direction. */
export const TILE: i32 = 4;
/** Pixels of the image that it is made of, in each direction. */
const PATCH: i32 = 6;
/** Values of a transformed tile: 6×6. */
export const PLACES: i32 = 36;
/** Tiles that are multiplied together. */
export const GROUP: i32 = 6;
/** Products of 6 rows and 8 columns. */
export const PRODUCT_BYTES: i32 = 6 * 32;
/**
 * Added to an even number of cache lines from place to place: at an odd distance the 36 places of a tile
 * are in cache sets of their own.
 */
export const LINE: i32 = 64;
/** What each thread has for itself: room for a transform, the addresses of the pixels of a tile, the rest. */
export const TABLE_AT: i32 = 1024;
/** Where the map lies that is added to an output tile (see fillAddends): behind the addresses of its pixels. */
export const ADDEND_AT: i32 = TABLE_AT + 64;
export const REST_AT: i32 = 1024 + 192;

/** The image that a tile lies in; tiles of all images are counted row by row. */
function imageOf(tile: i32, tilesH: i32, tilesW: i32): i32 {
  return tile / (tilesH * tilesW);
}

/** The first row of its output pixels. */
function rowOf(tile: i32, tilesH: i32, tilesW: i32): i32 {
  return ((tile / tilesW) % tilesH) * TILE;
}

/** Their first column. */
function columnOf(tile: i32, tilesW: i32): i32 {
  return (tile % tilesW) * TILE;
}

/** Addresses of the `size`² pixels from (y0, x0) on; `outside` for those that are not in the image. */
function fillTableFrom(
  table: usize,
  image: usize,
  y0: i32,
  x0: i32,
  size: i32,
  height: i32,
  width: i32,
  pixelBytes: i32,
  outside: usize,
): void {
  for (let y = y0; y < y0 + size; y++) {
    const row = image + y * width * pixelBytes;
    for (let x = x0; x < x0 + size; x++, table += 4) {
      const isInside = <u32>y < <u32>height && <u32>x < <u32>width;
      store<usize>(table, isInside ? row + x * pixelBytes : outside);
    }
  }
}

/** The table of tile `tile` of all images; tiles are 4 pixels apart, the first begins at (−top, −left). */
export function fillTable(
  tile: i32,
  tilesH: i32,
  tilesW: i32,
  table: usize,
  images: usize,
  top: i32,
  left: i32,
  size: i32,
  height: i32,
  width: i32,
  pixelBytes: i32,
  outside: usize,
): void {
  const image = images + imageOf(tile, tilesH, tilesW) * height * width * pixelBytes,
    y = rowOf(tile, tilesH, tilesW) - top,
    x = columnOf(tile, tilesW) - left;
  fillTableFrom(table, image, y, x, size, height, width, pixelBytes, outside);
}

/**
 * Prefetches the 6×6 pixels that a tile is made of, as far as they are inside of their image. The transforms read
 * 4 channels of all pixels at a time: without this they wait at each new cache line, and twice as often where pixels
 * begin in the middle of one (120 channels).
 */
export function touchTile(
  tid: i32,
  tile: i32,
  tilesH: i32,
  tilesW: i32,
  images: usize,
  top: i32,
  left: i32,
  height: i32,
  width: i32,
  pixelBytes: i32,
): void {
  const b = imageOf(tile, tilesH, tilesW),
    y = rowOf(tile, tilesH, tilesW) - top,
    x = columnOf(tile, tilesW) - left;
  const x0 = imax(0, x),
    bytes = (imin(width, x + PATCH) - x0) * pixelBytes;
  for (let row = imax(0, y), end = imin(height, y + PATCH); row < end; row++) {
    touch(tid, images + ((b * height + row) * width + x0) * pixelBytes, bytes);
  }
}

/**
 * Where the values lie that are added to the 4×4 pixels of an output tile: the addresses of the 4 rows, then how far
 * from there the 4 columns are. The map has the size of the images, or half of it (`shift` 1). Behind its end the
 * last row and column are repeated, for pixels that are outside of the image.
 */
export function fillAddends(
  tile: i32,
  tilesH: i32,
  tilesW: i32,
  places: usize,
  map: usize,
  height: i32,
  width: i32,
  shift: i32,
  pixelBytes: i32,
): void {
  const y0 = rowOf(tile, tilesH, tilesW),
    x0 = columnOf(tile, tilesW);
  const mapW = halved(width, shift),
    first = imageOf(tile, tilesH, tilesW) * halved(height, shift);
  for (let i = 0; i < TILE; i++, places += 4) {
    const y = imin(y0 + i, height - 1) >> shift,
      x = imin(x0 + i, width - 1) >> shift;
    store<usize>(places, map + (first + y) * mapW * pixelBytes);
    store<usize>(places, x * pixelBytes, TILE * 4);
  }
}

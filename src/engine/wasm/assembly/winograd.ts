// Dense 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3): see generate/winograd-transforms.mjs.
//
// An output tile of 4×4 pixels needs 36 products a pair of channels instead of 144. So there are 36 matrix
// products, one for each place of a transformed tile, [tiles, channels] · [channels, outputs]; for the
// gradient to the weights they are [channels, tiles] · [tiles, outputs]. Transformed images go through
// memory, a bounded number of tiles at a time; transformed weights and products stay in the second cache.
import { imin, nextItem, touch } from './primitives';
import { transpose } from './packing';
import { multiplyTiles } from './winograd-strips';
import {
  ADDEND_AT,
  GROUP,
  LINE,
  PLACES,
  PRODUCT_BYTES,
  REST_AT,
  TABLE_AT,
  TILE,
  fillAddends,
  fillTable,
  touchTile,
} from './winograd-tiles';
import { transformInput, transformOutput, transformSum, transformWeights } from './winograd-transforms';
import { In, Out, Scratch } from './roles';

/** Bytes from tile to tile of a group (see winograd-strips.mjs). */
const ROW_BYTES: i32 = 656;
const GROUP_BYTES: i32 = GROUP * ROW_BYTES;
/** Outputs that one piece of work computes: a cache line of them, two panels of 8. */
const COLUMNS: i32 = 16;
const PANELS: i32 = COLUMNS / 8;

/**
 * Where a group of tiles begins among those that winogradRows wrote. Rows of few channels fill a part of ROW_BYTES,
 * so several groups stand side by side.
 */
function groupAt(group: i32, blockK: i32): i32 {
  const abreast = ROW_BYTES / (blockK * 4),
    place = group / abreast;
  return place * GROUP_BYTES + (group - place * abreast) * blockK * 4;
}

/**
 * Transforms tiles [first, first + 6·groups) for winogradMultiply: [blocks of channels][36][groups][6 tiles]
 * [blockK channels], groups as groupAt has them. Tiles from `tiles` on are zero. Items: groups.
 */
export function winogradRows(
  tid: i32,
  items: i32,
  source: In,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  tilesH: i32,
  tilesW: i32,
  tiles: i32,
  first: i32,
  blockK: i32,
  to: Out,
  step: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const work = scratch + tid * scratchStride,
    table = work + TABLE_AT,
    zeros = work + REST_AT;
  const pixelBytes = channels * 4,
    blockBytes = blockK * 4;
  memory.fill(zeros, 0, pixelBytes);
  for (let group = nextItem(); group < items; group = nextItem()) {
    for (let row = 0; row < GROUP; row++) {
      const tile = first + group * GROUP + row;
      // A tile that there is not lies outside of every image.
      const inside = tile < tiles ? height : 0;
      fillTable(tile, tilesH, tilesW, table, source, top, left, 6, inside, width, pixelBytes, zeros);
      if (tile < tiles) touchTile(tid, tile, tilesH, tilesW, source, top, left, height, width, pixelBytes);
      let block = to + groupAt(group, blockK) + row * ROW_BYTES;
      for (let k0 = 0; k0 < pixelBytes; k0 += blockBytes, block += PLACES * step) {
        const end = imin(k0 + blockBytes, pixelBytes);
        for (let c = k0; c < end; c += 16) transformInput(table, c, work, block + c - k0, step);
      }
    }
  }
}

/** Copies [rows, columns], columns a multiple of 4, to rows of COLUMNS. */
function copyBlock(from: usize, stride: i32, to: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++, from += stride, to += COLUMNS * 4) {
    for (let i = 0; i < columns * 4; i += 16) v128.store(to + i, v128.load(from + i));
  }
}

/** Transformed weights for `columns` outputs, from 9 taps of [count, 16]: [36][panels][blockK][8]. */
function prepareWeights(
  from: usize,
  tapBytes: i32,
  columns: i32,
  count: i32,
  blockK: i32,
  work: usize,
  to: usize,
  step: i32,
): void {
  for (let k = 0; k < count; k++) {
    for (let n = 0; n < columns; n += 4) {
      const at = to + ((n >> 3) * blockK + k) * 32 + (n & 4) * 4;
      transformWeights(from + (k * COLUMNS + n) * 4, tapBytes, work, at, step);
    }
    if (columns & 4) {
      let at = to + ((columns >> 3) * blockK + k) * 32 + 16;
      for (let t = 0; t < PLACES; t++, at += step) v128.store(at, f32x4.splat(0));
    }
  }
}

/**
 * Multiplies what winogradRows wrote by the weights [3, 3, channels, n], or by those of a gradient to the
 * input, [3, 3, n, channels] reversed, if `isBackward`; and transforms the products to the output. With an
 * `addend` (see addend.ts) there is neither bias nor relu.
 * Items: blocks of `blockGroups` groups × blocks of 16 outputs.
 */
export function winogradMultiply(
  tid: i32,
  items: i32,
  rows: In,
  rowsStep: i32,
  groups: i32,
  blockGroups: i32,
  channels: i32,
  blockK: i32,
  weights: In,
  n: i32,
  isBackward: i32,
  bias: In,
  relu: i32,
  addend: In,
  shift: i32,
  target: Out,
  height: i32,
  width: i32,
  tilesH: i32,
  tilesW: i32,
  tiles: i32,
  first: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const productStep = blockGroups * PANELS * PRODUCT_BYTES + LINE,
    preparedStep = PANELS * blockK * 32 + LINE,
    tapBytes = blockK * COLUMNS * 4 + LINE,
    abreast = ROW_BYTES / (blockK * 4);
  const work = scratch + tid * scratchStride,
    table = work + TABLE_AT,
    addends = work + ADDEND_AT,
    nowhere = work + REST_AT,
    products = nowhere + COLUMNS * 4,
    prepared = products + PLACES * productStep,
    taps = prepared + PLACES * preparedStep;
  const low = f32x4.splat(relu ? <f32>0 : -f32(Infinity));
  const blocksN = (n + COLUMNS - 1) / COLUMNS;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const g0 = (item / blocksN) * blockGroups,
      g1 = imin(groups, g0 + blockGroups);
    const n0 = (item % blocksN) * COLUMNS,
      columns = imin(COLUMNS, n - n0);
    let from = rows;
    for (let k0 = 0; k0 < channels; k0 += blockK) {
      const count = imin(blockK, channels - k0);
      // The taps lie any distance apart, often one at which they all fall into one cache set.
      for (let tap = 0; tap < 9; tap++) {
        const to = taps + tap * tapBytes;
        if (isBackward) {
          const at = weights + (((8 - tap) * n + n0) * channels + k0) * 4;
          transpose(at, channels * 4, to, COLUMNS * 4, columns, count);
        } else {
          const at = weights + ((tap * channels + k0) * n + n0) * 4;
          copyBlock(at, n * 4, to, count, columns);
        }
      }
      prepareWeights(taps, tapBytes, columns, count, blockK, work, prepared, preparedStep);
      for (let t = 0; t < PLACES; t++, from += rowsStep) {
        const panels = prepared + t * preparedStep;
        let to = products + t * productStep,
          a = from + groupAt(g0, blockK),
          beside = g0 % abreast;
        for (let g = g0; g < g1; g++, to += PANELS * PRODUCT_BYTES) {
          // All of it goes through for every block of outputs: too much for the second cache by now.
          if (channels > blockK) touch(tid, a + GROUP_BYTES, GROUP_BYTES);
          multiplyTiles(a, panels, to, count, i32(k0 > 0));
          if (columns > 8) multiplyTiles(a, panels + blockK * 32, to + PRODUCT_BYTES, count, i32(k0 > 0));
          a += blockK * 4;
          if (++beside == abreast) {
            beside = 0;
            a += GROUP_BYTES - abreast * blockK * 4;
          }
        }
      }
    }
    const lastTile = imin(tiles - first, g1 * GROUP);
    for (let i = g0 * GROUP; i < lastTile; i++) {
      // Pixels of the tile that are outside of the image go nowhere.
      const image = target + n0 * 4;
      fillTable(first + i, tilesH, tilesW, table, image, 0, 0, TILE, height, width, n * 4, nowhere);
      const g = i / GROUP,
        row = i - g * GROUP;
      const product = products + (g - g0) * PANELS * PRODUCT_BYTES + row * 32;
      if (addend) {
        const map = addend + n0 * 4;
        fillAddends(first + i, tilesH, tilesW, addends, map, height, width, shift, n * 4);
        for (let j = 0; j < columns; j += 4) {
          const at = product + (j >> 3) * PRODUCT_BYTES + (j & 4) * 4;
          transformSum(at, productStep, work, table, addends, j * 4);
        }
        continue;
      }
      for (let j = 0; j < columns; j += 4) {
        const b = bias ? v128.load(bias + (n0 + j) * 4) : f32x4.splat(0);
        const at = product + (j >> 3) * PRODUCT_BYTES + (j & 4) * 4;
        transformOutput(at, productStep, work, table, j * 4, b, low);
      }
    }
  }
}

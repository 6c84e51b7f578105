import type { backend_util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type Addend, NO_ADDEND, roundUp } from './gemm.js';

// Sizes that assembly/winograd.ts has too.
const PLACES = 36;
const GROUP = 6;
const ROW_BYTES = 656;
const GROUP_BYTES = GROUP * ROW_BYTES;
const COLUMNS = 16;
const PRODUCT_BYTES = GROUP * 32;
const LINE = 64;
const PANEL_IN = 12;
const PANEL_OUT = 8;
/** A transform's room and the addresses of a tile. */
const REST_AT = 1024 + 192;

/** Channels that are multiplied at a time, at most: as many as fit into a row of transformed tiles. */
const BLOCK_K = 160;
/**
 * Transformed images that are in memory at a time, so that they stay within the last cache. For the
 * gradient to the weights they are more: it goes through them more seldom.
 */
const IMAGE_BYTES = 8 * 2 ** 20;
const GRADIENT_BYTES = 12 * 2 ** 20;
/** Groups of tiles whose products fit into the second cache beside the weights. */
const BLOCK_GROUPS = 21;
/** Panels of channels and of outputs whose gradients fit into it. */
const BLOCK_IN = 3;
const BLOCK_OUT = 5;

type ConvInfo = backend_util.Conv2DInfo;

/**
 * Whether Winograd's F(4×4, 3×3) computes this convolution, its gradients included. It is faster than a
 * product of gathered rows from 4 channels on (2.0 to 3.5 times, with one thread), but not for images of
 * 1, 2 and 5 pixels, which fill their tiles badly.
 */
export function isForWinograd(info: ConvInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, dilationHeight, dilationWidth } = info;
  if (filterHeight !== 3 || filterWidth !== 3 || strideHeight !== 1) return false;
  if (dilationHeight !== 1 || dilationWidth !== 1) return false;
  if (info.inChannels % 4 !== 0 || info.outChannels % 4 !== 0) return false;
  // The batch does not matter, so an image has the same bits in every batch.
  const { outHeight, outWidth } = info;
  return PLACES * tilesOf(1, outHeight, outWidth).count <= 5 * outHeight * outWidth;
}

export interface Image {
  readonly pointer: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface WinogradConvolution {
  readonly batch: number;
  readonly source: Image;
  readonly target: Image;
  /** Padding of the source. */
  readonly top: number;
  readonly left: number;
  readonly weights: number;
  /** Whether this is the gradient to the input, and the weights those of the forward pass. */
  readonly isBackward: boolean;
  readonly bias?: number;
  readonly relu?: boolean;
  /** Not beside a bias or a relu. */
  readonly addend?: Addend;
}

export function winogradConvolve(backend: WasmBackend, c: WinogradConvolution): void {
  const { source, target, addend = NO_ADDEND } = c;
  const { pool, routines } = backend;
  const tiles = tilesOf(c.batch, target.height, target.width);
  const blockK = evenly(source.channels, BLOCK_K, 4);
  const blocksK = Math.ceil(source.channels / blockK);
  const groups = Math.ceil(tiles.count / GROUP);
  // Groups of few channels stand side by side.
  const abreast = Math.floor(ROW_BYTES / (blockK * 4));
  const most = abreast * Math.floor(IMAGE_BYTES / (blocksK * PLACES * GROUP_BYTES));
  const chunk = evenly(groups, Math.max(1, most));
  const blockGroups = evenly(chunk, BLOCK_GROUPS);
  const step = oddLines(Math.ceil(chunk / abreast) * GROUP_BYTES);
  const rowsBytes = blocksK * PLACES * step;
  const products = PLACES * (blockGroups * 2 * PRODUCT_BYTES + LINE);
  const weights = (PLACES + 9) * (blockK * COLUMNS * 4 + LINE);
  const own = roundUp(REST_AT + Math.max(source.channels * 4, COLUMNS * 4 + products + weights), 64);
  backend.scratch(rowsBytes + pool.threads * own, (rows) => {
    const scratch = rows + rowsBytes;
    for (let group = 0; group < groups; group += chunk) {
      const count = Math.min(chunk, groups - group);
      const place = {
        tilesH: tiles.down,
        tilesW: tiles.across,
        tiles: tiles.count,
        first: group * GROUP,
        scratch,
        scratchStride: own,
      };
      routines.winogradRows({
        items: count,
        source: source.pointer,
        height: source.height,
        width: source.width,
        channels: source.channels,
        top: c.top,
        left: c.left,
        blockK,
        to: rows,
        step,
        ...place,
      });
      routines.winogradMultiply({
        items: Math.ceil(count / blockGroups) * Math.ceil(target.channels / COLUMNS),
        rows,
        rowsStep: step,
        groups: count,
        blockGroups,
        channels: source.channels,
        blockK,
        weights: c.weights,
        n: target.channels,
        isBackward: Number(c.isBackward),
        bias: c.bias ?? 0,
        relu: Number(c.relu ?? false),
        addend: addend.pointer,
        shift: addend.shift,
        target: target.pointer,
        height: target.height,
        width: target.width,
        ...place,
      });
    }
  });
}

export interface WinogradGradient {
  readonly batch: number;
  readonly x: Image;
  readonly dy: Image;
  readonly top: number;
  readonly left: number;
  /** Where the gradient to the weights goes. */
  readonly target: number;
}

/** Gradient to the weights. Tiles are cut by the shape alone, so the sums are the same on any number of threads. */
export function winogradGradient(backend: WasmBackend, g: WinogradGradient): void {
  const { x, dy } = g;
  const { pool, routines } = backend;
  const tiles = tilesOf(g.batch, dy.height, dy.width);
  const panelsIn = Math.ceil(x.channels / PANEL_IN);
  const panelsOut = Math.ceil(dy.channels / PANEL_OUT);
  const tileBytes = (panelsIn * PANEL_IN + panelsOut * PANEL_OUT) * 4;
  const chunk = evenly(tiles.count, Math.max(1, Math.floor(GRADIENT_BYTES / (PLACES * tileBytes))));
  const imageStep = oddLines(chunk * panelsIn * PANEL_IN * 4);
  const gradientStep = oddLines(chunk * panelsOut * PANEL_OUT * 4);
  const blockIn = evenly(panelsIn, BLOCK_IN);
  const blockOut = evenly(panelsOut, BLOCK_OUT);
  const products = PLACES * (2 * blockIn * blockOut * PRODUCT_BYTES + LINE);
  const own = roundUp(REST_AT + Math.max(x.channels * 4, dy.channels * 4, products), 64);
  backend.scratch(PLACES * (imageStep + gradientStep) + pool.threads * own, (images) => {
    const gradients = images + PLACES * imageStep;
    const scratch = gradients + PLACES * gradientStep;
    for (let first = 0; first < tiles.count; first += chunk) {
      const count = Math.min(chunk, tiles.count - first);
      const transform = (
        from: Image,
        top: number,
        left: number,
        isGradient: boolean,
        to: number,
        step: number,
      ) =>
        routines.winogradPanels({
          items: Math.ceil(count / GROUP),
          source: from.pointer,
          height: from.height,
          width: from.width,
          channels: from.channels,
          top,
          left,
          tilesH: tiles.down,
          tilesW: tiles.across,
          first,
          count,
          isGradient: Number(isGradient),
          to,
          step,
          scratch,
          scratchStride: own,
        });
      transform(x, g.top, g.left, false, images, imageStep);
      transform(dy, 0, 0, true, gradients, gradientStep);
      routines.winogradGrad({
        items: Math.ceil(panelsIn / blockIn) * Math.ceil(panelsOut / blockOut),
        images,
        imagesStep: imageStep,
        gradients,
        gradientsStep: gradientStep,
        count,
        channels: x.channels,
        n: dy.channels,
        blockIn,
        blockOut,
        target: g.target,
        add: Number(first > 0),
        scratch,
        scratchStride: own,
      });
    }
  });
}

// --- internal ---

function tilesOf(batch: number, height: number, width: number) {
  const [down, across] = [Math.ceil(height / 4), Math.ceil(width / 4)];
  return { down, across, count: batch * down * across };
}

/** A whole number of cache lines, and an odd one: see LINE in assembly/winograd.ts. */
function oddLines(bytes: number): number {
  return (Math.ceil(bytes / LINE) | 1) * LINE;
}

/** The size of equal parts of `total`, none above `most`, all but the last a multiple of `step`. */
function evenly(total: number, most: number, step = 1): number {
  return roundUp(Math.ceil(total / Math.ceil(total / most)), step);
}

import {
  add,
  concat,
  customGrad,
  pad,
  reshape,
  reverse,
  slice,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';

/**
 * Reflection padding without the padding. A window that reaches over the border by a places sees there, the edge
 * not repeated, what it already holds a places inside: the mirrored place of any tap lies within the same window.
 * So reflection is a matter of taps, not of a larger map: sums over a reflected neighbourhood are sums over the
 * plain one with the weights of outer taps added to their mirrored ones, and a reflected neighbourhood is the
 * plain one with the outer taps read from their mirrored ones.
 *
 * Taps are laid out as involution takes its kernel: [B,H,W,G·K·K], group-major. It needs ⌊K/2⌋ ≤ H − 1, W − 1.
 */

/** The largest odd window that reflection allows on an axis of `length` places. */
export function largestReflected(length: number): number {
  return 2 * length - 1;
}

/** Weights for sums over the reflected map → weights for sums over the zero-padded one, zero beyond it. Like `taps`. */
export function foldTaps(taps: Tensor4D, kernelSize: number): Tensor4D {
  return transposable(taps, kernelSize, fold, mirror);
}

/** A neighbourhood in the zero-padded map → in the reflected one. Like `taps`. */
export function mirrorTaps(taps: Tensor4D, kernelSize: number): Tensor4D {
  return transposable(taps, kernelSize, mirror, fold);
}

// --- internal ---

/** How far the window of one line of places reaches over the border. */
interface Overhang {
  readonly before: number;
  readonly after: number;
  /** The first tap that mirrors one from before the map (those follow one another), and the same from after it. */
  readonly mirroredBefore: number;
  readonly mirroredAfter: number;
}

/** New taps of one line of places, [..., K, rest]. */
type Line = (line: Tensor, overhang: Overhang) => Tensor;

const TAPS = 3;

/**
 * Folding and mirroring are linear, each the transpose of the other, so each is the other's gradient. tf.js, left to
 * itself, would pad the gradient of every slice to the whole and add all of these.
 */
function transposable(taps: Tensor4D, kernelSize: number, change: Line, transpose: Line): Tensor4D {
  return customGrad((x) => ({
    value: overBothAxes(x as Tensor4D, kernelSize, change),
    gradFunc: (dy: Tensor) => overBothAxes(dy as Tensor4D, kernelSize, transpose),
  }))(taps) as Tensor4D;
}

function overBothAxes(taps: Tensor4D, kernelSize: number, change: Line): Tensor4D {
  const [batch, height, width, all] = taps.shape;
  const groups = all / kernelSize ** 2;
  const rows = reshape(taps, [batch, height, width * groups, kernelSize, kernelSize]);
  const columns = reshape(overLines(rows, change), [
    batch * height,
    width,
    groups * kernelSize,
    kernelSize,
    1,
  ]);
  return reshape(overLines(columns, change), taps.shape);
}

/** Changes the lines (axis 1) of [_, lines, _, K, _] whose windows reach over the border. */
function overLines(taps: Tensor, change: Line): Tensor {
  const [, length, , kernelSize] = taps.shape;
  const reach = (kernelSize - 1) / 2;
  const lineOf = (at: number, count: number): Tensor => part(taps, 1, at, count);
  const lines: Tensor[] = [];
  for (let at = 0; at < length; at++) {
    const isInside = at >= reach && at + reach < length;
    if (isInside) {
      const count = length - 2 * reach;
      lines.push(lineOf(at, count));
      at += count - 1;
      continue;
    }
    lines.push(
      change(lineOf(at, 1), {
        before: Math.max(0, reach - at),
        after: Math.max(0, at + reach - (length - 1)),
        mirroredBefore: reach - at + 1,
        mirroredAfter: 2 * (length - 1 - at),
      }),
    );
  }
  return lines.length === 1 ? lines[0] : concat(lines, 1);
}

function mirror(line: Tensor, { before, after, mirroredBefore, mirroredAfter }: Overhang): Tensor {
  const kernelSize = line.shape[TAPS]!;
  const parts = [part(line, TAPS, before, kernelSize - before - after)];
  if (before > 0) parts.unshift(reverse(part(line, TAPS, mirroredBefore, before), TAPS));
  if (after > 0) parts.push(reverse(part(line, TAPS, mirroredAfter, after), TAPS));
  return concat(parts, TAPS);
}

function fold(line: Tensor, { before, after, mirroredBefore, mirroredAfter }: Overhang): Tensor {
  const kernelSize = line.shape[TAPS]!;
  const inside = kernelSize - before - after;
  const moved = (from: number, count: number, to: number): Tensor =>
    padded(reverse(part(line, TAPS, from, count), TAPS), to - before, before + inside - to - count);
  let sum = part(line, TAPS, before, inside);
  if (before > 0) sum = add(sum, moved(0, before, mirroredBefore));
  if (after > 0) sum = add(sum, moved(kernelSize - after, after, mirroredAfter));
  return padded(sum, before, after);
}

/** Zeros before and after the taps. */
function padded(taps: Tensor, before: number, after: number): Tensor {
  return pad(
    taps,
    taps.shape.map((_, axis) => (axis === TAPS ? [before, after] : [0, 0])),
  );
}

/** `count` places of an axis, from `begin` on. */
function part(x: Tensor, axis: number, begin: number, count: number): Tensor {
  const at = x.shape.map((_, i) => (i === axis ? begin : 0));
  const size = x.shape.map((length, i) => (i === axis ? count : length));
  return slice(x, at, size);
}

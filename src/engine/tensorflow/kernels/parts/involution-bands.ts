/**
 * Involution as products of matrices, for groups of several channels.
 *
 * In one row of the output, what a row u of the kernel contributes is linear in one row of the input, by a matrix with
 * a band of K values in each row: A[j, s·j + d·v] = kernel(j, u, v). So involution is K batched products, one a row of
 * the kernel. Rows are cut into blocks, so that the matrices are mostly band; K² times the activations never exist.
 */
import * as tf from '../../../tf-core.js';
import type { Geometry } from './involution-geometry.js';
import { accumulate } from './involution-geometry.js';
import { addN, concat, matMul, pad, reshape, slice, stridedSlice, transpose } from '../stock.js';

/** Outputs of a row that share a matrix. */
const LONGEST_BLOCK = 32;

/** y [B,OH,OW,C]. */
export function weigh(x: tf.TensorInfo, kernel: tf.TensorInfo, geometry: Geometry): tf.Tensor {
  const bands = new Bands(geometry);
  const rows = bands.inputBlocks(x);
  const weights = bands.kernelRows(kernel);
  let y: tf.Tensor | undefined;
  for (let u = 0; u < geometry.attrs.kernelSize; u++) {
    const product = tf.tidy(() => matMul(bands.matrices(weights, u), bands.seenBlocks(rows, u)));
    y = accumulate(y, product);
  }
  return bands.join(y!);
}

/** dx [B,H,W,C]. */
export function inputGradient(dy: tf.TensorInfo, kernel: tf.TensorInfo, geometry: Geometry): tf.Tensor {
  const bands = new Bands(geometry);
  const pull = bands.outputBlocks(dy);
  const weights = bands.kernelRows(kernel);
  let sum: tf.Tensor | undefined;
  for (let u = 0; u < geometry.attrs.kernelSize; u++) {
    const term = tf.tidy(() => bands.toInputRows(matMul(bands.matrices(weights, u), pull, true), u));
    sum = accumulate(sum, term);
  }
  return geometry.unpadded(bands.overlap(sum!));
}

/** dKernel [B,OH,OW,G·K·K]. */
export function kernelGradient(dy: tf.TensorInfo, x: tf.TensorInfo, geometry: Geometry): tf.Tensor {
  const bands = new Bands(geometry);
  const rows = bands.inputBlocks(x);
  const pull = bands.outputBlocks(dy);
  const taps = Array.from({ length: geometry.attrs.kernelSize }, (_, u) =>
    tf.tidy(() => bands.unskew(matMul(pull, bands.seenBlocks(rows, u), false, true))),
  );
  return bands.joinKernels(taps);
}

// --- internal ---

class Bands {
  /** Blocks of a row, outputs of a block, and places that a block sees. */
  readonly blocks: number;
  readonly width: number;
  readonly sees: number;
  readonly #batch: number;
  readonly #outHeight: number;
  readonly #outWidth: number;

  constructor(readonly geometry: Geometry) {
    [this.#batch, this.#outHeight, this.#outWidth] = geometry.output;
    this.blocks = Math.ceil(this.#outWidth / LONGEST_BLOCK);
    this.width = Math.ceil(this.#outWidth / this.blocks);
    this.sees = geometry.seen(this.width);
  }

  /** Rows of the padded input cut into what each block sees: [B, seen(OH), blocks·G·sees·CG]. */
  inputBlocks(x: tf.TensorInfo): tf.Tensor {
    const { blocks, width, sees, geometry } = this;
    const { groups, stride } = geometry.attrs;
    const wide = geometry.padded(x, geometry.seen(blocks * width));
    const [batch, height, , channels] = wide.shape;
    const parts = Array.from({ length: blocks }, (_, n) =>
      slice(wide, [0, 0, n * width * stride, 0], [batch, height, sees, channels]),
    );
    const lines = reshape(
      concat(
        parts.map((part) => reshape(part, [batch, height, 1, sees * channels])),
        2,
      ),
      [batch * height * blocks, ...[sees, groups, geometry.perGroup]],
    );
    return reshape(this.#swapInner(lines), [batch, height, blocks * sees * channels]);
  }

  /** Of these, what the taps of row u of the kernel see: [B·OH·blocks, G, sees, CG]. */
  seenBlocks(rows: tf.Tensor, u: number): tf.Tensor {
    const { groups } = this.geometry.attrs;
    const seen = this.geometry.rowsSeen(rows, u);
    return reshape(seen, [this.#lines, groups, this.sees, this.geometry.perGroup]);
  }

  /** [B,OH,OW,C] → [B·OH·blocks, G, width, CG]. */
  outputBlocks(y: tf.TensorInfo): tf.Tensor {
    const { groups } = this.geometry.attrs;
    return this.#swapInner(
      reshape(this.#wholeBlocks(y), [this.#lines, this.width, groups, this.geometry.perGroup]),
    );
  }

  /** And back. */
  join(y: tf.Tensor): tf.Tensor {
    return this.#outputs(this.#swapInner(y), this.geometry.input[3]);
  }

  /** [B,OH,OW,G·K·K] → [K, B·OH·blocks·G·width·K], a part a row of the kernel. */
  kernelRows(kernel: tf.TensorInfo): tf.Tensor {
    const { groups, kernelSize } = this.geometry.attrs;
    const lines = reshape(this.#wholeBlocks(kernel), [
      this.#lines,
      this.width,
      groups,
      kernelSize,
      kernelSize,
    ]);
    return reshape(transpose(lines, [3, 0, 2, 1, 4]), [kernelSize, lines.size / kernelSize]);
  }

  /** From gradients of the parts, [B·OH·blocks, G, width, K] each, to [B,OH,OW,G·K·K]. */
  joinKernels(parts: readonly tf.Tensor[]): tf.Tensor {
    const { groups, kernelSize } = this.geometry.attrs;
    const all = reshape(concat(parts, 0), [kernelSize, this.#lines, groups, this.width, kernelSize]);
    return this.#outputs(transpose(all, [1, 3, 2, 0, 4]), groups * this.geometry.taps);
  }

  /** The matrices of row u of the kernel: [B·OH·blocks, G, width, sees]. */
  matrices(weights: tf.Tensor, u: number): tf.Tensor {
    const { groups, kernelSize, dilation, stride } = this.geometry.attrs;
    const { width, sees } = this;
    const count = this.#lines * groups;
    let taps = slice(weights, [u, 0], [1, weights.shape[1]!]);
    if (dilation > 1) {
      const apart = reshape(taps, [count * width, kernelSize, 1]);
      const zeros = [0, dilation - 1] as const;
      taps = reshape(pad(apart, [[0, 0], [0, 0], zeros]), [count * width, kernelSize * dilation]);
      taps = slice(taps, [0, 0], [count * width, this.geometry.reach]);
    }
    // One row longer by the stride than the matrix: cut anew, each row stands that much further to the right.
    const rows = reshape(taps, [count, width, this.geometry.reach]);
    const long = pad(rows, [
      [0, 0],
      [0, 0],
      [0, sees + stride - this.geometry.reach],
    ]);
    const flat = slice(reshape(long, [count, width * (sees + stride)]), [0, 0], [count, width * sees]);
    return reshape(flat, [this.#lines, groups, width, sees]);
  }

  /** Of a matrix of gradients the band: [B·OH·blocks, G, width, K]. */
  unskew(matrices: tf.Tensor): tf.Tensor {
    const { groups, kernelSize, dilation, stride } = this.geometry.attrs;
    const { width, sees } = this;
    const count = this.#lines * groups;
    const flat = pad(reshape(matrices, [count, width * sees]), [
      [0, 0],
      [0, width * stride],
    ]);
    const rows = reshape(flat, [count, width, sees + stride]);
    const taps = stridedSlice(rows, [0, 0, 0], [count, width, kernelSize], [1, 1, dilation]);
    return reshape(taps, [this.#lines, groups, width, kernelSize]);
  }

  /** What reached the taps of row u, put where it came from: [B, seen(OH), blocks, G·sees·CG]. */
  toInputRows(blocks: tf.Tensor, u: number): tf.Tensor {
    const { stride, dilation } = this.geometry.attrs;
    const height = this.geometry.seen(this.#outHeight);
    const size = blocks.size / (this.#batch * this.#outHeight * this.blocks);
    let rows = reshape(blocks, [this.#batch, this.#outHeight, this.blocks * size]);
    if (stride > 1) {
      const apart = reshape(rows, [this.#batch, this.#outHeight, 1, this.blocks * size]);
      const zeros = [0, stride - 1] as const;
      rows = reshape(pad(apart, [[0, 0], [0, 0], zeros, [0, 0]]), [
        ...[this.#batch, this.#outHeight * stride, this.blocks * size],
      ]);
      const used = (this.#outHeight - 1) * stride + 1;
      rows = slice(rows, [0, 0, 0], [this.#batch, used, this.blocks * size]);
    }
    const top = u * dilation;
    return reshape(
      pad(rows, [
        [0, 0],
        [top, height - top - rows.shape[1]!],
        [0, 0],
      ]),
      [...[this.#batch, height, this.blocks, size]],
    );
  }

  /** Adds up what blocks that overlap hold: [B, seen(OH), seen(OW), C]. */
  overlap(rows: tf.Tensor): tf.Tensor {
    const { blocks, width, sees, geometry } = this;
    const { groups, stride } = geometry.attrs;
    const [batch, height] = rows.shape;
    const channels = geometry.input[3];
    const lines = reshape(rows, [batch * height! * blocks, groups, sees, geometry.perGroup]);
    const turned = reshape(this.#swapInner(lines), [batch, height!, blocks, sees * channels]);
    const all = geometry.seen(blocks * width);
    const parts = Array.from({ length: blocks }, (_, n) => {
      const part = slice(turned, [0, 0, n, 0], [batch, height!, 1, sees * channels]);
      const left = n * width * stride;
      return pad(reshape(part, [batch, height!, sees, channels]), [
        ...([
          [0, 0],
          [0, 0],
          [left, all - left - sees],
          [0, 0],
        ] as const),
      ]);
    });
    return parts.length === 1 ? parts[0] : addN(parts);
  }

  get #lines(): number {
    return this.#batch * this.#outHeight * this.blocks;
  }

  /** Rows of the output made whole blocks long. */
  #wholeBlocks(y: tf.TensorInfo): tf.Tensor {
    return pad(y, [
      [0, 0],
      [0, 0],
      [0, this.blocks * this.width - this.#outWidth],
      [0, 0],
    ]);
  }

  #outputs(lines: tf.Tensor, size: number): tf.Tensor {
    const whole = reshape(lines, [this.#batch, this.#outHeight, this.blocks * this.width, size]);
    return slice(whole, [0, 0, 0, 0], [this.#batch, this.#outHeight, this.#outWidth, size]);
  }

  /** [n, a, b, c] → [n, b, a, c]. */
  #swapInner(x: tf.Tensor): tf.Tensor {
    return this.geometry.attrs.groups === 1
      ? reshape(x, [x.shape[0], x.shape[2]!, x.shape[1]!, x.shape[3]!])
      : transpose(x, [0, 2, 1, 3]);
  }
}

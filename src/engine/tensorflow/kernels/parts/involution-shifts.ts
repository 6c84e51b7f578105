/**
 * Involution tap by tap, for groups of very few channels, where matrices would be nearly all zeros: each tap is a
 * shifted map times its weights.
 */
import * as tf from '../../../tf-core.js';
import type { Geometry } from './involution-geometry.js';
import { accumulate } from './involution-geometry.js';
import { concat, mul, pad, reshape, slice, stridedSlice, sum, transpose } from '../stock.js';

/** y [B,OH,OW,C]. */
export function weigh(x: tf.TensorInfo, kernel: tf.TensorInfo, geometry: Geometry): tf.Tensor {
  const wide = geometry.padded(x, geometry.seen(geometry.output[2]));
  const weights = tapsFirst(kernel, geometry);
  let y: tf.Tensor | undefined;
  for (let tap = 0; tap < geometry.taps; tap++) {
    y = accumulate(
      y,
      tf.tidy(() => times(seenBy(wide, tap, geometry), weights, tap, geometry)),
    );
  }
  return reshape(y!, geometry.output);
}

/** dx [B,H,W,C]. */
export function inputGradient(dy: tf.TensorInfo, kernel: tf.TensorInfo, geometry: Geometry): tf.Tensor {
  const weights = tapsFirst(kernel, geometry);
  let dx: tf.Tensor | undefined;
  for (let tap = 0; tap < geometry.taps; tap++) {
    const term = tf.tidy(() => {
      const places = reshape(times(dy, weights, tap, geometry), geometry.output);
      return backTo(places, tap, geometry);
    });
    dx = accumulate(dx, term);
  }
  return geometry.unpadded(dx!);
}

/** dKernel [B,OH,OW,G·K·K]. */
export function kernelGradient(dy: tf.TensorInfo, x: tf.TensorInfo, geometry: Geometry): tf.Tensor {
  const { groups } = geometry.attrs;
  const [batch, outHeight, outWidth] = geometry.output;
  const places = batch * outHeight * outWidth;
  const wide = geometry.padded(x, geometry.seen(outWidth));
  const taps = Array.from({ length: geometry.taps }, (_, tap) =>
    tf.tidy(() => {
      const products = mul(dy, seenBy(wide, tap, geometry));
      const grouped = reshape(products, [places * groups, geometry.perGroup]);
      return reshape(geometry.perGroup === 1 ? grouped : sum(grouped, [1]), [1, places * groups]);
    }),
  );
  return reshape(transpose(concat(taps, 0), [1, 0]), [batch, outHeight, outWidth, groups * geometry.taps]);
}

// --- internal ---

/** [B,OH,OW,G·K·K] → [K², B·OH·OW·G]. */
function tapsFirst(kernel: tf.TensorInfo, { taps }: Geometry): tf.Tensor {
  const rows = tf.util.sizeFromShape(kernel.shape) / taps;
  return transpose(reshape(kernel, [rows, taps]), [1, 0]);
}

/** Every value times the weight of its group at this tap. */
function times(x: tf.TensorInfo, weights: tf.Tensor, tap: number, { perGroup }: Geometry): tf.Tensor {
  const rows = weights.shape[1]!;
  const weight = reshape(slice(weights, [tap, 0], [1, rows]), [rows, 1]);
  return mul(reshape(x, [rows, perGroup]), weight);
}

/** What a tap sees of the padded map: [B,OH,OW,C]. */
function seenBy(wide: tf.TensorInfo, tap: number, { attrs, output }: Geometry): tf.Tensor {
  const { kernelSize, dilation, stride } = attrs;
  const [u, v] = [Math.floor(tap / kernelSize), tap % kernelSize];
  const [batch, outHeight, outWidth] = output;
  return stridedSlice(
    wide,
    [0, u * dilation, v * dilation, 0],
    [batch, outHeight, outWidth, wide.shape[3]],
    [1, stride, stride, 1],
  );
}

/** Puts what reached a tap where it came from, in the padded map. */
function backTo(places: tf.Tensor, tap: number, geometry: Geometry): tf.Tensor {
  const { kernelSize, dilation, stride } = geometry.attrs;
  const [batch, outHeight, outWidth, channels] = places.shape as number[];
  const [height, width] = [geometry.seen(outHeight), geometry.seen(outWidth)];
  const [rows, columns] = [(outHeight - 1) * stride + 1, (outWidth - 1) * stride + 1];
  let apart = places;
  if (stride > 1) {
    const zeros = [0, stride - 1] as const;
    const between = pad(reshape(places, [batch * outHeight, 1, outWidth, 1, channels]), [
      ...([[0, 0], zeros, [0, 0], zeros, [0, 0]] as const),
    ]);
    const spread = reshape(between, [batch, outHeight * stride, outWidth * stride, channels]);
    apart = slice(spread, [0, 0, 0, 0], [batch, rows, columns, channels]);
  }
  const [top, left] = [Math.floor(tap / kernelSize) * dilation, (tap % kernelSize) * dilation];
  return pad(apart, [
    ...([
      [0, 0],
      [top, height - top - rows],
      [left, width - left - columns],
      [0, 0],
    ] as const),
  ]);
}

import { zerosBefore, type InvolutionAttrs } from '../../../engine/kernels/involution.js';
import type { NeighbourhoodSoftmaxAttrs } from '../../../engine/kernels/neighbourhood-softmax.js';
import type { Emitter } from '../emitter.js';
import { Operand } from '../operand.js';
import { attributesOf, type Lowering } from './lowering.js';

/**
 * Sums over windows whose weights differ from place to place. ONNX has no operator of that kind, and what would gather
 * the windows holds K² times the image; so each tap of the window is a slice of the padded image, multiplied and added.
 * At 56×56×32, K 7, G 4 on two cores the 49 slices took 5.8 ms, a gather 32 and an unfolding 11.
 *
 * Images are [B,G,C/G,H,W] here: the channels of a group share what they are multiplied by.
 */

/** `x` [B,H,W,C], `kernel` [B,OH,OW,G·K²]. */
export const involution: Lowering = (call, emitter) => {
  const { x, kernel } = call.inputs;
  const attrs = attributesOf<InvolutionAttrs>(call);
  const [batch, height, width] = kernel!.shape as [number, number, number];
  const channels = x!.shape[3]!;
  const taps = attrs.kernelSize ** 2;
  const weights = emitter.nodes(
    'Split',
    [inGroups(emitter, kernel!, attrs.groups), emitter.ints(...new Array<number>(taps).fill(1))],
    taps,
    { axis: 2 },
  );
  const shifted = tapsOf(emitter, x!, attrs, [height, width]);
  const products = weights.map((weight, tap) => emitter.node('Mul', [shifted(tap), weight]));
  // One sum after the other: all products at a time would be K² images.
  const sum = products.reduce((total, product) => emitter.node('Add', [total, product]));
  return new Operand([batch, height, width, channels], {
    first: emitter.reshaped(sum, [batch, channels, height, width]),
  });
};

/** Products of a query `dy` [B,OH,OW,C] with the keys `x` [B,H,W,C] around it: [B,OH,OW,G·K²]. */
export const neighbourhoodProduct: Lowering = (call, emitter) => {
  const { dy, x } = call.inputs;
  const attrs = attributesOf<InvolutionAttrs>(call);
  const [batch, height, width, channels] = dy!.shape as [number, number, number, number];
  const { groups } = attrs;
  const taps = attrs.kernelSize ** 2;
  // A query of ones reads the neighbourhood as it is.
  const query = dy!.isAll(1) ? undefined : inGroups(emitter, dy!, groups);
  const shifted = tapsOf(emitter, x!, attrs, [height, width]);
  const products = Array.from({ length: taps }, (_, tap) => {
    const product = query === undefined ? shifted(tap) : emitter.node('Mul', [query, shifted(tap)]);
    if (channels === groups) return product;
    return emitter.node('ReduceSum', [product, emitter.ints(2)], { keepdims: 1 });
  });
  const all = emitter.node('Concat', products, { axis: 2 });
  return new Operand([batch, height, width, groups * taps], {
    first: emitter.reshaped(all, [batch, groups * taps, height, width]),
  });
};

/** `logits` [B,OH,OW,G·K²]: softmax over the taps of each group, of those alone that lie in the map where it is masked. */
export const neighbourhoodSoftmax: Lowering = (call, emitter) => {
  const { logits } = call.inputs;
  const attrs = attributesOf<NeighbourhoodSoftmaxAttrs>(call);
  const [batch, height, width, all] = logits!.shape as [number, number, number, number];
  let grouped = inGroups(emitter, logits!, attrs.groups);
  if (attrs.mask) {
    const seen = { height: attrs.height, width: attrs.width };
    const outside = insideOfTaps(attrs, seen, [height, width]).map((inside) => (inside ? 0 : MASKED));
    const mask = emitter.floats([1, 1, attrs.kernelSize ** 2, height, width], outside);
    grouped = emitter.node('Add', [grouped, mask]);
  }
  const weights = emitter.node('Softmax', [grouped], { axis: 2 });
  return new Operand(logits!.shape, { first: emitter.reshaped(weights, [batch, all, height, width]) });
};

// --- internal ---

/** Added to a logit it leaves nothing of the weight, and never overflows. */
const MASKED = -1e30;

/** [B,H,W,G·n] as [B,G,n,H,W]. */
function inGroups(emitter: Emitter, x: Operand, groups: number): string {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return emitter.reshaped(emitter.named(x, 'first'), [batch, groups, channels / groups, height, width]);
}

/** What each tap of the window sees at all places of the output at once, by tap: [B,G,C/G,OH,OW]. */
function tapsOf(
  emitter: Emitter,
  x: Operand,
  attrs: InvolutionAttrs,
  [height, width]: readonly [number, number],
): (tap: number) => string {
  const { kernelSize, stride, dilation } = attrs;
  const padding = zerosBefore(attrs);
  const [, rows, columns] = x.shape as [number, number, number];
  if (x.isAll(1)) {
    // Keys of ones say where the map is.
    const inside = insideOfTaps(attrs, { height: rows, width: columns }, [height, width]);
    const size = height * width;
    return (tap) =>
      emitter.floats([1, 1, 1, height, width], inside.slice(tap * size, (tap + 1) * size).map(Number));
  }
  const grouped = inGroups(emitter, x, attrs.groups);
  const padded =
    padding === 0
      ? grouped
      : emitter.node('Pad', [grouped, emitter.ints(0, 0, 0, padding, padding, 0, 0, 0, padding, padding)]);
  const isWhole = kernelSize === 1 && stride === 1;
  return (tap) => {
    if (isWhole) return grouped;
    const top = Math.floor(tap / kernelSize) * dilation;
    const left = (tap % kernelSize) * dilation;
    return emitter.node('Slice', [
      padded,
      emitter.ints(top, left),
      emitter.ints(top + (height - 1) * stride + 1, left + (width - 1) * stride + 1),
      emitter.ints(3, 4),
      ...(stride === 1 ? [] : [emitter.ints(stride, stride)]),
    ]);
  };
}

/** Whether a tap lies in the map, for each tap, row and column: [K²,OH,OW]. */
function insideOfTaps(
  attrs: InvolutionAttrs,
  map: { readonly height: number; readonly width: number },
  [height, width]: readonly [number, number],
): boolean[] {
  const { kernelSize, stride, dilation } = attrs;
  const padding = zerosBefore(attrs);
  const inside: boolean[] = [];
  for (let u = 0; u < kernelSize; u++)
    for (let v = 0; v < kernelSize; v++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++) {
          const y = i * stride + u * dilation - padding;
          const x = j * stride + v * dilation - padding;
          inside.push(y >= 0 && y < map.height && x >= 0 && x < map.width);
        }
  return inside;
}

import { callKernel } from '../../engine/kernels/call-kernel.js';
import { Involution, neighbourhoodProduct } from '../../engine/kernels/involution.js';
import {
  add,
  addN,
  matMul,
  pad,
  reshape,
  reverse,
  slice,
  softmax,
  split,
  stack,
  tensor,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../engine/tf.js';
import { centred } from './table.js';
import type { AxialCall, AxialSums } from './whole.js';

/** What a key outside of the map has in its logit: softmax makes it nothing. */
const MASKED = -1e9;

/**
 * Attention of each place to the `span` places around it in its column (height) or row (width). The map is shifted
 * once for each of them, so that nothing of L² places is ever there. Keys outside of the map are masked; in the
 * statistics of the batch norms they count as keys of zeros.
 */
export function attendWindow(
  { z, axis, heads, tables, normalise, observe }: AxialCall,
  span: number,
): AxialSums {
  const [batch, height, width, all] = z.shape;
  const along = axis === 'height' ? 1 : 2;
  const length = z.shape[along];
  const reach = (span - 1) / 2;
  const perHead = all / heads / 2;
  const perQuery = perHead / 2;
  const places = batch * height * width;
  const one = { kernelSize: 1, groups: heads, stride: 1, dilation: 1 };
  const parts = split(
    reshape(z, [batch, height, width, heads, 2 * perHead]),
    [perQuery, perQuery, perHead],
    4,
  );
  const [q, k, v] = parts.map((part) => reshape(part, [batch, height, width, -1]) as Tensor4D);

  /** The map as a place sees it `offset` places on, for each offset of the window. */
  const shifted = (map: Tensor): Tensor[] => {
    const around = map.shape.map((_, i): [number, number] => (i === along ? [reach, reach] : [0, 0]));
    const padded = pad(map, around);
    return Array.from({ length: span }, (_, offset) =>
      slice(
        padded,
        map.shape.map((_, i) => (i === along ? offset : 0)),
        map.shape,
      ),
    );
  };
  const byTable = (features: Tensor, table: Tensor2D): Tensor => {
    const products = matMul(reshape(features, [places * heads, perQuery]), table as Tensor, false, true);
    return transpose(reshape(products, [batch, height, width, heads, span]), [0, 1, 2, 4, 3]);
  };
  // The query's and the value's tables go by i − j, so from the largest offset to the smallest.
  const backwards = (table: Tensor2D): Tensor2D => reverse(centred(table, reach), 0);

  const keys = shifted(k) as Tensor4D[];
  const terms = [
    normalise(
      'query_key',
      stack(
        keys.map((key) => neighbourhoodProduct(q, key, one)),
        3,
      ),
    ),
  ];
  if (tables.query) terms.push(normalise('query_position', byTable(q, backwards(tables.query))));
  if (tables.key) {
    const scores = shifted(byTable(k, centred(tables.key, reach)));
    const ofOffset = scores.map((score, offset) =>
      slice(score, [0, 0, 0, offset, 0], [batch, height, width, 1, heads]),
    );
    terms.push(normalise('key_position', stack(ofOffset.map(flat), 3)));
  }
  const logits = terms.length > 1 ? addN(terms) : terms[0];
  const masked = add(logits, outside(length, span, along));
  const attention = softmax(transpose(masked, [0, 1, 2, 4, 3]));
  observe?.({ kind: 'attention', reach: 'axis', weights: attention, groups: heads, axis, around: true });

  const values = shifted(v).map((value, offset) => {
    const weight = slice(attention, [0, 0, 0, 0, offset], [batch, height, width, heads, 1]);
    return callKernel(Involution, { x: value as Tensor4D, kernel: flat(weight) }, one);
  });
  const byPlace = tables.value && matMul(reshape(attention, [places * heads, span]), backwards(tables.value));
  return {
    values: addN(values),
    positions: byPlace && reshape(byPlace, [batch, height, width, heads * perHead]),
  };
}

/** [B,H,W,a,b] → [B,H,W,a·b]. */
function flat(x: Tensor): Tensor4D {
  const [batch, height, width, a, b] = x.shape as [number, number, number, number, number];
  return reshape(x, [batch, height, width, a * b]);
}

/** 0 for the keys of each place that are in the map, MASKED for the others: [1,L,1,span,1] or [1,1,L,span,1]. */
function outside(length: number, span: number, along: 1 | 2): Tensor {
  const reach = (span - 1) / 2;
  const mask = Float32Array.from({ length: length * span }, (_, i) => {
    const key = Math.floor(i / span) + (i % span) - reach;
    return key >= 0 && key < length ? 0 : MASKED;
  });
  return tensor(mask, along === 1 ? [1, length, 1, span, 1] : [1, 1, length, span, 1]);
}

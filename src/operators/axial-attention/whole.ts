import {
  addN,
  matMul,
  reshape,
  softmax,
  split,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../../engine/tf.js';
import type { Observe } from '../../layers/observation.js';
import { byTwoPlaces, centred } from './table.js';

export type Axis = 'height' | 'width';

/** The terms of the logits: q·k, q·r^q and k·r^k. */
export type Term = 'query_key' | 'query_position' | 'key_position';

/** Tables of relative positions [T, d] where they are used. */
export interface AxialTables {
  readonly query: Tensor2D | undefined;
  readonly key: Tensor2D | undefined;
  readonly value: Tensor2D | undefined;
}

export interface AxialCall {
  /** [B,H,W,2C]; the channels of a group side by side, its queries (a quarter), keys (a quarter) and values. */
  readonly z: Tensor4D;
  readonly axis: Axis;
  readonly heads: number;
  readonly tables: AxialTables;
  /** Normalises a term of the logits [..., heads]. */
  normalise(term: Term, logits: Tensor): Tensor;
  readonly observe?: Observe;
}

/** Σ_j α_ij v_j and, with a table, Σ_j α_ij r^v, each [B,H,W,C]. */
export interface AxialSums {
  readonly values: Tensor4D;
  readonly positions: Tensor4D | undefined;
}

/** Attention of each place to all places of its column (height) or row (width). */
export function attendWhole({ z, axis, heads, tables, normalise, observe }: AxialCall): AxialSums {
  const [batch, height, width, all] = z.shape;
  const isHeight = axis === 'height';
  const [length, other] = isHeight ? [height, width] : [width, height];
  const perHead = all / heads / 2;
  const lines = batch * other;
  const matrices = lines * heads;
  const grouped = reshape(z, [batch, height, width, heads, 2 * perHead]);
  const first = transpose(grouped, isHeight ? [1, 0, 2, 3, 4] : [2, 0, 1, 3, 4]);
  const [q, k, v] = split(
    reshape(first, [length, matrices, 2 * perHead]),
    [perHead / 2, perHead / 2, perHead],
    2,
  ) as Tensor3D[];
  const turned = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);
  const expanded = (table: Tensor2D): Tensor3D => byTwoPlaces(centred(table, length - 1));

  // Terms as [i, j, line, group]: batch norm takes the heads as its channels.
  const term = (name: Term, logits: Tensor): Tensor =>
    normalise(name, reshape(logits, [length, length, lines, heads]));
  const terms = [term('query_key', transpose(matMul(turned(q), turned(k), false, true), [1, 2, 0]))];
  if (tables.query) terms.push(term('query_position', matMul(expanded(tables.query), q, false, true)));
  if (tables.key) terms.push(term('key_position', turned(matMul(expanded(tables.key), k, false, true))));
  const logits = reshape(terms.length > 1 ? addN(terms) : terms[0], [length, length, matrices]);
  const attention = softmax(transpose(logits, [2, 0, 1]));
  if (observe) {
    const byLine = reshape(attention, [batch, other, heads, length, length]);
    const weights = transpose(byLine, isHeight ? [0, 3, 1, 2, 4] : [0, 1, 3, 2, 4]);
    observe({ kind: 'attention', reach: 'axis', weights, groups: heads, axis, around: false });
  }

  const asMap = (sums: Tensor): Tensor4D => {
    const channels = reshape(sums, [length, batch, other, heads * perHead]);
    return transpose(channels, isHeight ? [1, 0, 2, 3] : [1, 2, 0, 3]) as Tensor4D;
  };
  return {
    values: asMap(turned(matMul(attention, turned(v)))),
    positions: tables.value && asMap(matMul(turned(attention), expanded(tables.value))),
  };
}

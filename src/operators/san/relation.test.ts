import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniform, valuesOf } from '../../engine/testing.js';
import { tensor4d } from '../../engine/tf.js';
import {
  pairwiseRelation,
  pairwiseWidth,
  patchwiseRelation,
  patchwiseWidth,
  relationMacs,
  type PairwiseRelation,
  type PatchwiseRelation,
} from './relation.js';

beforeAll(openReference);

const [HEIGHT, WIDTH, CHANNELS] = [3, 4, 2];
const K = 3;
const TAPS = K ** 2;
const shape: [number, number, number, number] = [1, HEIGHT, WIDTH, CHANNELS];
const queries = uniform(shape, 1);
const keys = uniform(shape, 2);

const reflected = (i: number, length: number): number => {
  const inside = Math.abs(i);
  return inside < length ? inside : 2 * (length - 1) - inside;
};
/** The features of a place. */
const at = (values: Float32Array, y: number, x: number): number[] => {
  const start = (reflected(y, HEIGHT) * WIDTH + reflected(x, WIDTH)) * CHANNELS;
  return [...values.subarray(start, start + CHANNELS)];
};
const around = (values: Float32Array, y: number, x: number): number[][] =>
  Array.from({ length: TAPS }, (_, tap) => at(values, y + Math.floor(tap / K) - 1, x + (tap % K) - 1));
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
const channels = [...Array(CHANNELS).keys()];

/** Place by place what the article defines; of features, numbers are [feature, tap]. */
function expectedOf(define: (centre: number[], queries: number[][], keys: number[][]) => number[]): number[] {
  const result: number[] = [];
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++)
      result.push(...define(at(queries, y, x), around(queries, y, x), around(keys, y, x)));
  return result;
}

describe.each<[PairwiseRelation, number, (q: number[], k: number[][]) => number[]]>([
  ['subtraction', 2, (q, k) => channels.flatMap((c) => k.map((key) => q[c] - key[c]))],
  ['sum', 2, (q, k) => channels.flatMap((c) => k.map((key) => q[c] + key[c]))],
  ['hadamard', 2, (q, k) => channels.flatMap((c) => k.map((key) => q[c] * key[c]))],
  ['dot', 1, (q, k) => k.map((key) => dot(q, key))],
  [
    'concatenation',
    4,
    (q, k) => [
      ...channels.flatMap((c) => k.map(() => q[c])),
      ...channels.flatMap((c) => k.map((key) => key[c])),
    ],
  ],
])('pairwise %s', (relation, width, define) => {
  it('is of each place and each key around it', () => {
    const made = pairwiseRelation(relation, tensor4d(queries, shape), tensor4d(keys, shape), K);
    expect(made.shape).toEqual([HEIGHT * WIDTH, width, TAPS]);
    expect(pairwiseWidth(relation, CHANNELS)).toBe(width);
    expectClose(
      valuesOf(made),
      expectedOf((centre, _, k) => define(centre, k)),
      1e-6,
    );
  });
});

describe.each<[PatchwiseRelation, number, (centre: number[], q: number[][], k: number[][]) => number[]]>([
  ['concatenation', 20, (centre, _, k) => [...centre, ...channels.flatMap((c) => k.map((key) => key[c]))]],
  ['star', 9, (centre, _, k) => k.map((key) => dot(centre, key))],
  // Queries are the rows: with the two exchanged it is another relation.
  ['clique', 81, (_, q, k) => q.flatMap((query) => k.map((key) => dot(query, key)))],
])('patchwise %s', (relation, width, define) => {
  it('is of the whole patch', () => {
    const made = patchwiseRelation(relation, tensor4d(queries, shape), tensor4d(keys, shape), K);
    expect(made.shape).toEqual([1, HEIGHT, WIDTH, width]);
    expect(patchwiseWidth(relation, CHANNELS, K)).toBe(width);
    expectClose(valuesOf(made), expectedOf(define), 1e-6);
  });
});

it('counts the products of features, and nothing else', () => {
  const macs = (relation: PairwiseRelation | PatchwiseRelation): number =>
    relationMacs(relation, CHANNELS, K);
  expect((['subtraction', 'sum', 'concatenation'] as const).map(macs)).toEqual([0, 0, 0]);
  expect((['hadamard', 'dot', 'star'] as const).map(macs)).toEqual([18, 18, 18]);
  expect(macs('clique')).toBe(81 * 2);
});

import { neighbourhoodProduct } from '../../engine/kernels/involution.js';
import {
  add,
  concat,
  matMul,
  ones,
  reshape,
  sub,
  zeros,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';
import { reflected } from './reflection.js';

/** δ of pairwise self-attention (Zhao et al. 2020, section 3.1). */
export type PairwiseRelation = 'subtraction' | 'sum' | 'hadamard' | 'concatenation' | 'dot';

/** δ of patchwise self-attention (section 3.2). */
export type PatchwiseRelation = 'concatenation' | 'star' | 'clique';

/** Numbers of a pairwise relation, without the position, from features of `width`. */
export function pairwiseWidth(relation: PairwiseRelation, width: number): number {
  if (relation === 'dot') return 1;
  return relation === 'concatenation' ? 2 * width : width;
}

/** Numbers of a patchwise relation over K×K places. */
export function patchwiseWidth(relation: PatchwiseRelation, width: number, kernelSize: number): number {
  const taps = kernelSize ** 2;
  return { concatenation: width * (taps + 1), star: taps, clique: taps ** 2 }[relation];
}

/** Multiply-adds of a relation at one place: products of features are, sums and copies are not. */
export function relationMacs(
  relation: PairwiseRelation | PatchwiseRelation,
  width: number,
  kernelSize: number,
): number {
  const taps = kernelSize ** 2;
  if (relation === 'clique') return taps ** 2 * width;
  return relation === 'hadamard' || relation === 'dot' || relation === 'star' ? taps * width : 0;
}

/**
 * δ(x_i, x_j) for each j around i on the reflected map. φ(x) `query` and ψ(x) `key` [B,H,W,r] →
 * [B·H·W, width, K²].
 */
export function pairwiseRelation(
  relation: PairwiseRelation,
  query: Tensor4D,
  key: Tensor4D,
  kernelSize: number,
): Tensor {
  const taps = kernelSize ** 2;
  const width = query.shape[3];
  const places = query.size / width;
  const centre = reshape(query, [places, width, 1]);
  switch (relation) {
    case 'subtraction':
      return sub(centre, neighbourhood(key, kernelSize));
    case 'sum':
      return add(centre, neighbourhood(key, kernelSize));
    case 'hadamard':
      return reshape(products(query, key, width, kernelSize), [places, width, taps]);
    case 'dot':
      return reshape(products(query, key, 1, kernelSize), [places, 1, taps]);
    case 'concatenation':
      return concat([add(centre, zeros([1, 1, taps])), neighbourhood(key, kernelSize)], 1);
  }
}

/** δ(x_i, x_R(i)) over the whole patch: φ(x) `query` and ψ(x) `key` [B,H,W,r] → [B,H,W,width]. */
export function patchwiseRelation(
  relation: PatchwiseRelation,
  query: Tensor4D,
  key: Tensor4D,
  kernelSize: number,
): Tensor4D {
  const [batch, height, width] = query.shape;
  const taps = kernelSize ** 2;
  switch (relation) {
    case 'concatenation': {
      const patch = reshape(neighbourhood(key, kernelSize), [batch, height, width, key.shape[3] * taps]);
      return concat([query, patch as Tensor4D], 3);
    }
    case 'star':
      return products(query, key, 1, kernelSize);
    case 'clique': {
      const all = matMul(neighbourhood(query, kernelSize), neighbourhood(key, kernelSize), true, false);
      return reshape(all, [batch, height, width, taps ** 2]);
    }
  }
}

/** The places around each place of the reflected map: [B,H,W,C] → [B·H·W, C, K²]. */
function neighbourhood(x: Tensor4D, kernelSize: number): Tensor {
  const channels = x.shape[3];
  const around = products(ones(x.shape), x, channels, kernelSize);
  return reshape(around, [x.size / channels, channels, kernelSize ** 2]);
}

function products(query: Tensor4D, key: Tensor4D, groups: number, kernelSize: number): Tensor4D {
  return neighbourhoodProduct(query, reflected(key, kernelSize), {
    kernelSize,
    groups,
    stride: 1,
    dilation: 1,
    padding: 'valid',
  });
}

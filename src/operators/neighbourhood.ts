import { callKernel } from '../engine/kernels/call-kernel.js';
import { Involution, neighbourhoodProduct, type InvolutionAttrs } from '../engine/kernels/involution.js';
import { NeighbourhoodSoftmax } from '../engine/kernels/neighbourhood-softmax.js';
import { onesLike, sub, type Tensor4D } from '../engine/tf.js';
import type { Observe } from '../layers/observation.js';

/** What local attention does beyond the border: `mask` leaves it out; `zero` sees keys and values of zero there. */
export type BorderTreatment = 'mask' | 'zero';

/**
 * Weighs the values of each neighbourhood with the softmax of its logits: y_i = Σ_j softmax_j(logits_i)·v_j.
 * `logits` [B,OH,OW,G·K²] group-major, `values` [B,H,W,C] → [B,OH,OW,C]. The channels of a group, ⌊c·G/C⌋, share
 * their weights.
 */
export function attend(
  logits: Tensor4D,
  values: Tensor4D,
  window: InvolutionAttrs,
  { border, observe }: { readonly border: BorderTreatment; readonly observe?: Observe },
): Tensor4D {
  const [, height, width] = values.shape;
  const mask = border === 'mask';
  const kernel = callKernel(NeighbourhoodSoftmax, { logits }, { ...window, mask, height, width });
  observe?.({ kind: 'attention', reach: 'window', weights: kernel, mirrored: false, ...window });
  return callKernel(Involution, { x: values, kernel }, window);
}

/**
 * Differences q_i − k_j of scalars, one a group: `query` [B,OH,OW,G], `key` [B,H,W,G] → [B,OH,OW,G·K²], zero where
 * the key lies beyond the border. A product with ones lays each side out over the taps.
 */
export function neighbourhoodDifference(query: Tensor4D, key: Tensor4D, window: InvolutionAttrs): Tensor4D {
  return sub(
    neighbourhoodProduct(query, onesLike(key), window),
    neighbourhoodProduct(onesLike(query), key, window),
  );
}

/** A hint for a number that must divide `whole`: the nearest that do. */
export function divisorsNear(whole: number, wanted: number): string {
  const divisors = Array.from({ length: whole }, (_, i) => i + 1).filter((n) => whole % n === 0);
  const nearest = divisors.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted)).slice(0, 4);
  return nearest.sort((a, b) => a - b).join(', ');
}

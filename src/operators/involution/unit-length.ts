import {
  add,
  customGrad,
  mul,
  reshape,
  rsqrt,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';

/** Keeps the length of a kernel of zeros from being divided by. */
const EPSILON = 1e-3;

/**
 * Divides the kernel of each group at each place by its length: k / √(Σ k² + 1e-3) over its taps.
 * `kernel` [B,H,W,G·taps], group-major → like it.
 */
export function unitLength(kernel: Tensor4D, taps: number): Tensor4D {
  const lines = reshape(kernel, [kernel.size / taps, taps]);
  return reshape(normalise(lines), kernel.shape);
}

// --- internal ---

/**
 * y = s·k with s = 1/√(Σ k² + ε), so that ∂L/∂k = s·(dy − y·Σ dy·y): tf.js, left to itself, would go through the square
 * and the sum, with twice as many passes over the largest tensor of an involution.
 */
const normalise = customGrad((kernel, save) => {
  const k = kernel as Tensor;
  const shorten = rsqrt(add(sum(square(k), -1, true), scalar(EPSILON)));
  const value = mul(k, shorten);
  (save as (tensors: Tensor[]) => void)([value, shorten]);
  return {
    value,
    gradFunc: (dy: Tensor, [y, s]: Tensor[]) => mul(sub(dy, mul(y, sum(mul(dy, y), -1, true))), s),
  };
});

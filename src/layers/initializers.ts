import { tensor, type Tensor } from '../engine/tf.js';
import { makeKey, normalAt, uniformAt } from '../util/random.js';

/** How a weight starts. */
export type Distribution =
  /** Normal of standard deviation √(2 / fanOut), fanOut = kh·kw·filters (He et al. 2015, "fan out"). */
  | { readonly kind: 'he-normal'; readonly fanOut: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  /** Normal of this deviation, draws beyond two of them taken anew (TensorFlow's truncated normal). */
  | { readonly kind: 'truncated-normal'; readonly deviation: number }
  /** Uniform in ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
  | { readonly kind: 'glorot-uniform'; readonly fanIn: number; readonly fanOut: number }
  /** Uniform in ±limit. */
  | { readonly kind: 'uniform'; readonly limit: number }
  | { readonly kind: 'constant'; readonly value: number }
  /**
   * A convolution's kernel [taps,channels,filters] whose first filters hand on a channel each, as far as there are
   * channels, and whose others are `he-normal` (Zagoruyko and Komodakis 2017, "DiracNets"; PyTorch's `dirac_`).
   */
  | {
      readonly kind: 'dirac';
      readonly taps: number;
      readonly channels: number;
      readonly filters: number;
    };

/**
 * Fills a weight from a stream keyed by (seed, 'init', layer, weight): the same numbers on every engine,
 * and for a layer whatever stands around it.
 */
export class SeededInitializer {
  readonly #distribution: Distribution;
  readonly #key: number;

  constructor(distribution: Distribution, seed: number, layer: string, weight: string) {
    this.#distribution = distribution;
    this.#key = makeKey(seed, 'init', layer, weight);
  }

  /** The filled weight, as tf.js's `addWeight` asks for it. */
  apply(shape: number[]): Tensor {
    const size = shape.reduce((product, length) => product * length, 1);
    return tensor(fill(this.#distribution, this.#key, size), shape, 'float32');
  }
}

/** The first `size` values of a distribution's stream. */
export function fill(distribution: Distribution, key: number, size: number): Float32Array {
  const values = new Float32Array(size);
  switch (distribution.kind) {
    case 'constant':
      return values.fill(distribution.value);
    case 'normal':
    case 'he-normal': {
      const deviation =
        distribution.kind === 'normal' ? distribution.deviation : Math.sqrt(2 / distribution.fanOut);
      for (let i = 0; i < size; i++) values[i] = deviation * normalAt(key, i);
      return values;
    }
    case 'dirac': {
      const { taps, channels, filters } = distribution;
      values.set(fill({ kind: 'he-normal', fanOut: taps * filters }, key, size));
      const middle = Math.floor(taps / 2);
      for (let filter = 0; filter < Math.min(channels, filters); filter++) {
        for (let row = 0; row < taps * channels; row++)
          values[row * filters + filter] = Number(row === middle * channels + filter);
      }
      return values;
    }
    case 'truncated-normal': {
      for (let i = 0; i < size; i++) values[i] = distribution.deviation * truncatedAt(key, i, size);
      return values;
    }
    default: {
      const limit =
        distribution.kind === 'uniform'
          ? distribution.limit
          : Math.sqrt(6 / (distribution.fanIn + distribution.fanOut));
      for (let i = 0; i < size; i++) values[i] = limit * (2 * uniformAt(key, i) - 1);
      return values;
    }
  }
}

/** Draw `index` of `size` of a standard normal within ±2: the first that is, of those a whole `size` apart. */
function truncatedAt(key: number, index: number, size: number): number {
  for (let at = index; ; at += size) {
    const value = normalAt(key, at);
    if (Math.abs(value) <= 2) return value;
  }
}

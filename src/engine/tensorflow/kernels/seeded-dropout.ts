import * as tf from '../../tf-core.js';
import { mix32 } from '../../../util/random.js';
import { SeededDropout } from '../../kernels/seeded-dropout.js';
import { attr } from '../attributes.js';
import { tensorflowKernel } from './kernel.js';
import { add, call, integer, mul, number, reshape } from './stock.js';

/**
 * Inverted dropout by the hash of `util/random.ts`, in 32-bit integers, whose products TensorFlow wraps as the hash
 * wants them: every engine drops the same units.
 */
export const seededDropout = tensorflowKernel(
  SeededDropout,
  ({ x, seed, rate, scale }, { stream, perSample }) => {
    const [batch] = x.shape;
    const count = perSample ? batch : tf.util.sizeFromShape(x.shape);
    const key = mix(xor(seed, integer(mix32(stream))));
    const index = call('Range', { Tidx: attr.type('int32') }, integer(0), integer(count), integer(1));
    const bits = mix(xor(mix(add(key, mul(index, integer(0x9e3779b9 | 0)))), key));
    // u = bits/2²⁴ ≥ rate, as a comparison of integers.
    const threshold = toInteger(call('Ceil', FLOAT, mul(rate, number(2 ** 24))));
    const isKept = call('GreaterEqual', { T: attr.type('int32') }, shiftRight(bits, 8), threshold);
    const kept = call('Cast', { SrcT: attr.type('bool'), DstT: attr.type('float32') }, isKept);
    const shape = x.shape.map((length, axis) => (perSample && axis > 0 ? 1 : length));
    if (perSample) return mul(x, reshape(mul(kept, scale), shape));
    return mul(mul(x, scale), reshape(kept, shape));
  },
);

// --- internal ---

const FLOAT = { T: attr.type('float32') };

function toInteger(x: tf.TensorInfo): tf.Tensor {
  return call('Cast', { SrcT: attr.type('float32'), DstT: attr.type('int32') }, x);
}

function xor(a: tf.TensorInfo, b: tf.TensorInfo): tf.Tensor {
  return call('BitwiseXor', { T: attr.type('int32') }, a, b);
}

/** Shifts in zeros: TensorFlow's shift of signed integers repeats the sign. */
function shiftRight(x: tf.TensorInfo, places: number): tf.Tensor {
  const shifted = call('RightShift', { T: attr.type('int32') }, x, integer(places));
  return call('BitwiseAnd', { T: attr.type('int32') }, shifted, integer(2 ** (32 - places) - 1));
}

/** `mix32` of `util/random.ts`. */
function mix(value: tf.TensorInfo): tf.Tensor {
  let h = xor(value, shiftRight(value, 16));
  h = mul(h, integer(0x7feb352d));
  h = xor(h, shiftRight(h, 15));
  h = mul(h, integer(0x846ca68b | 0));
  return xor(h, shiftRight(h, 16));
}

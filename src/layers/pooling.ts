import { globalAveragePool } from '../engine/ops.js';
import {
  avgPool,
  mul,
  pad,
  serialization,
  tensor4d,
  type LayerShape,
  type Tensor,
  type Tensor4D,
} from '../engine/tf.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer } from './operator-layer.js';

/** Global average pooling: [B,H,W,C] → [B,C]. */
export class GlobalAveragePooling extends OperatorLayer {
  static className = 'GlobalAveragePooling';

  override inferShape([[batch, , , channels]]: readonly LayerShape[]): LayerShape {
    return [batch, channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return globalAveragePool(x as Tensor4D);
  }

  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }
}
serialization.registerClass(GlobalAveragePooling);

/**
 * Mean of each size×size window, [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C]; a window over the border is the mean of its part
 * inside the image, as TensorFlow's SAME padding has it. Written with explicit padding because tf.js's own
 * gradient of SAME average pooling divides by size² at the border too.
 */
export function averagePool(x: Tensor4D, size: number): Tensor4D {
  const [, height, width] = x.shape;
  const rows = windows(height, size);
  const columns = windows(width, size);
  const isWhole = rows.counts.length * size === height && columns.counts.length * size === width;
  if (isWhole) return avgPool(x, size, size, 'valid');
  const padded = pad(x, [[0, 0], rows.padding, columns.padding, [0, 0]]);
  const shares = rows.counts.flatMap((row) => columns.counts.map((column) => size ** 2 / (row * column)));
  const scale = tensor4d(shares, [1, rows.counts.length, columns.counts.length, 1]);
  return mul(avgPool(padded, size, size, 'valid'), scale);
}

/** Padding of an axis on either side, and how much of each window is inside. */
function windows(length: number, size: number): { padding: [number, number]; counts: number[] } {
  const count = Math.ceil(length / size);
  const total = count * size - length;
  const before = Math.floor(total / 2);
  const counts = Array.from(
    { length: count },
    (_, i) => Math.min(length, (i + 1) * size - before) - Math.max(0, i * size - before),
  );
  return { padding: [before, total - before], counts };
}

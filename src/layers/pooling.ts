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
import { sameLength } from './convolution.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type OperatorOptions } from './operator-layer.js';

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

export interface AveragePoolingOptions extends OperatorOptions {
  readonly size: number;
  readonly stride: number;
}

/** Mean of each size×size window's part inside the image: [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C]. */
export class AveragePooling extends OperatorLayer {
  static className = 'WindowAveragePooling';
  readonly #options: AveragePoolingOptions;

  constructor(options: AveragePoolingOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { stride } = this.#options;
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { size, stride } = this.#options;
    return averagePool(x as Tensor4D, size, stride);
  }

  /** Pooling counts one a value that it reads once: its input. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(AveragePooling);

/**
 * Mean of each size×size window, [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C], by default one behind the other; a window over the
 * border is the mean of its part inside the image, as TensorFlow's SAME padding has it. Written with explicit
 * padding because tf.js's own gradient of SAME average pooling divides by size² at the border too.
 */
export function averagePool(x: Tensor4D, size: number, stride = size): Tensor4D {
  const [, height, width] = x.shape;
  const rows = windows(height, size, stride);
  const columns = windows(width, size, stride);
  const shares = rows.counts.flatMap((row) => columns.counts.map((column) => size ** 2 / (row * column)));
  if (shares.every((share) => share === 1)) return avgPool(x, size, stride, 'valid');
  const padded = pad(x, [[0, 0], rows.padding, columns.padding, [0, 0]]);
  const scale = tensor4d(shares, [1, rows.counts.length, columns.counts.length, 1]);
  return mul(avgPool(padded, size, stride, 'valid'), scale);
}

/** Padding of an axis on either side, and how much of each window is inside. */
function windows(
  length: number,
  size: number,
  stride: number,
): { padding: [number, number]; counts: number[] } {
  const count = Math.ceil(length / stride);
  const total = Math.max(0, (count - 1) * stride + size - length);
  const before = Math.floor(total / 2);
  const counts = Array.from(
    { length: count },
    (_, i) => Math.min(length, i * stride + size - before) - Math.max(0, i * stride - before),
  );
  return { padding: [before, total - before], counts };
}

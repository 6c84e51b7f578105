import { callKernel } from '../engine/kernels/call-kernel.js';
import { GlobalAveragePool } from '../engine/kernels/global-average-pool.js';
import { MapResize } from '../engine/kernels/map-resize.js';
import { avgPool, serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { sameLength } from './convolution.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';

/** Global average pooling: [B,H,W,C] → [B,C]. */
export class GlobalAveragePooling extends OperatorLayer {
  static className = 'GlobalAveragePooling';

  override inferShape([[batch, , , channels]]: readonly LayerShape[]): LayerShape {
    return [batch, channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return callKernel(GlobalAveragePool, { x: x as Tensor4D });
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

  override get stride(): number {
    return this.#options.stride;
  }

  /** A window that only makes a map smaller is that of one place; another stays as it is. */
  override dilated(): AveragePooling {
    const { size, stride } = this.#options;
    return new AveragePooling({ ...this.#options, stride: 1, size: size === stride ? 1 : size });
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

export interface AdaptiveAveragePoolingOptions extends OperatorOptions {
  /** Bins along each axis. */
  readonly bins: number;
}

/**
 * A map of any size as one of bins×bins places, each the mean of those that it stands for, as PyTorch's
 * `AdaptiveAvgPool2d`: [B,H,W,C] → [B,bins,bins,C]. Bins share places where a side is no multiple of their number.
 */
export class AdaptiveAveragePooling extends OperatorLayer {
  static className = 'AdaptiveAveragePooling';
  readonly #options: AdaptiveAveragePoolingOptions;

  constructor(options: AdaptiveAveragePoolingOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    const { bins } = this.#options;
    return [shape[0], bins, bins, channelsOf(shape)];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { bins } = this.#options;
    return callKernel(MapResize, { x: x as Tensor4D }, { height: bins, width: bins, rule: 'mean' });
  }

  /** Pooling counts one a value that it reads: its input, which is read about once. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(AdaptiveAveragePooling);

/**
 * Mean of each size×size window, [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C], by default one behind the other; a window over the
 * border is the mean of its part inside the image, as TensorFlow's SAME padding has it. (The gradient at the border
 * is that of `engine/tfjs-gradients.ts`: tf.js's own divides by size² there too.)
 */
export function averagePool(x: Tensor4D, size: number, stride = size): Tensor4D {
  return avgPool(x, size, stride, 'same');
}

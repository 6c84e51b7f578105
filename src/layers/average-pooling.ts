import { serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { sameLength } from './convolution.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type OperatorOptions } from './operator-layer.js';
import { averagePool } from './pooling.js';

export interface AveragePoolingOptions extends OperatorOptions {
  /** Side of the windows, which stand side by side. */
  readonly size: number;
}

/**
 * Mean of each size×size window: [B,H,W,C] → [B,⌈H/size⌉,⌈W/size⌉,C]. A window over the border is the mean of
 * its part inside the image.
 */
export class AveragePooling extends OperatorLayer {
  static className = 'AveragePooling';
  readonly #options: AveragePoolingOptions;

  constructor(options: AveragePoolingOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { size } = this.#options;
    return [batch, sameLength(height, size), sameLength(width, size), channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return averagePool(x as Tensor4D, this.#options.size);
  }

  /** One addition a value that comes in. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(AveragePooling);

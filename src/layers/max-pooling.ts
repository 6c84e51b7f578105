import { maxPool, serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { explicitPadding, windowedLength, type Padding } from './convolution.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type OperatorOptions } from './operator-layer.js';

export interface MaxPoolingOptions extends OperatorOptions {
  readonly size: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** Largest value of each size×size window: [B,H,W,C] → [B,OH,OW,C]. Padding never wins. */
export class MaxPooling extends OperatorLayer {
  static className = 'MaxPooling';
  readonly #options: MaxPoolingOptions;

  constructor(options: MaxPoolingOptions) {
    super(options);
    this.#options = options;
  }

  override get stride(): number {
    return this.#options.stride;
  }

  /** Of the window as it is: the places around. */
  override dilated(): MaxPooling {
    const { padding } = this.#options;
    return new MaxPooling({ ...this.#options, stride: 1, padding: padding === 'valid' ? 'same' : padding });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { size, stride, padding } = this.#options;
    const out = [height, width].map((length) => windowedLength(length, size, stride, padding));
    if (out.some((length) => length !== null && length < 1)) {
      throw this.refuse(
        `a window of ${size}×${size} does not fit into ${height}×${width}`,
        'a larger data.inputSize',
      );
    }
    return [batch, ...out, channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { size, stride, padding } = this.#options;
    return maxPool(x as Tensor4D, size, stride, explicitPadding([size, size], padding));
  }

  /** Pooling counts one a value that it reads once: its input. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(MaxPooling);

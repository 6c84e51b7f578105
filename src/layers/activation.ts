import { gelu } from '../engine/kernels/activations/gelu.js';
import { swish } from '../engine/kernels/activations/swish.js';
import { elu, relu, serialization, type LayerShape, type Tensor } from '../engine/tf.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type OperatorOptions } from './operator-layer.js';

/** Functions of a tensor, element by element. */
export const ACTIVATIONS = { relu, elu, swish, gelu } as const;

export type ActivationName = keyof typeof ACTIVATIONS;

export interface ActivationOptions extends OperatorOptions {
  readonly activation: ActivationName;
}

/** An activation on its own, where no batch norm stands before it to be fused with: [...] → [...]. */
export class Activation extends OperatorLayer {
  static className = 'ActivationFunction';
  readonly #options: ActivationOptions;

  constructor(options: ActivationOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    return shape;
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return ACTIVATIONS[this.#options.activation](x);
  }

  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(Activation);

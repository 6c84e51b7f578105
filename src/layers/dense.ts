import { add, matMul, serialization, type LayerShape, type Tensor, type Tensor2D } from '../engine/tf.js';
import { NO_COST, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';
import { makeWeight, type LayerWeight } from './weights.js';

export interface DenseOptions extends OperatorOptions {
  readonly units: number;
}

/**
 * Fully connected layer with bias: [B,C] → [B,units]. Weights `kernel` [C,units], uniform in ±1/√C (PyTorch's
 * default; EfficientNet's reference code has ±1/√units, which suits 1000 classes and saturates with few), and
 * `bias` [units], zero.
 */
export class Dense extends OperatorLayer {
  static className = 'Dense';
  readonly #options: DenseOptions;
  #kernel: LayerWeight | undefined;
  #bias: LayerWeight | undefined;

  constructor(options: DenseOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([[batch]]: readonly LayerShape[]): LayerShape {
    return [batch, this.#options.units];
  }

  override build(shape: LayerShape): void {
    const { units } = this.#options;
    const channels = channelsOf(shape);
    const limit = 1 / Math.sqrt(channels);
    this.#kernel = makeWeight(this, 'kernel', [channels, units], { kind: 'uniform', limit }, 'kernel');
    this.#bias = makeWeight(this, 'bias', [units], { kind: 'constant', value: 0 }, 'bias');
    super.build(shape);
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return add(matMul(x as Tensor2D, this.#kernel!.read() as Tensor2D), this.#bias!.read());
  }

  override cost([shape]: readonly LayerShape[]): LayerCost {
    const { units } = this.#options;
    const macs = channelsOf(shape) * units;
    return { ...NO_COST, parameters: macs + units, macs, macsElementwise: units };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(Dense);

import { serialization, slice, type LayerShape, type Tensor } from '../engine/tf.js';
import { NO_COST, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';

export interface ChannelSliceOptions extends OperatorOptions {
  /** The first channel that is taken. */
  readonly begin: number;
  /** How many are. */
  readonly size: number;
}

/** Some of the channels: [...,C] → [...,size]. */
export class ChannelSlice extends OperatorLayer {
  static className = 'ChannelSlice';
  readonly #options: ChannelSliceOptions;

  constructor(options: ChannelSliceOptions) {
    super(options);
    this.#options = options;
  }

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    const { begin, size } = this.#options;
    if (size < 1 || begin + size > channelsOf(shape)) {
      throw this.refuse(`of ${channelsOf(shape)} channels ${size} from ${begin} on cannot be taken`);
    }
    return [...shape.slice(0, -1), size];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const { begin, size } = this.#options;
    const places = x.shape.slice(0, -1);
    return slice(x, [...places.map(() => 0), begin], [...places, size]);
  }

  /** It moves values and computes none. */
  override cost(): LayerCost {
    return NO_COST;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(ChannelSlice);

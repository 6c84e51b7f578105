import { serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { upsample } from '../engine/upsample.js';
import { NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer, type OperatorOptions } from './operator-layer.js';

export interface UpsamplingOptions extends OperatorOptions {
  /** Of the output: twice the input's, or one less. */
  readonly height: number;
  readonly width: number;
}

/** Each pixel 2×2 times: [B,⌈H/2⌉,⌈W/2⌉,C] → [B,H,W,C]. */
export class Upsampling extends OperatorLayer {
  static className = 'NearestUpsampling';
  readonly #options: UpsamplingOptions;

  constructor(options: UpsamplingOptions) {
    super(options);
    this.#options = options;
  }

  override get stride(): number {
    return 1 / 2;
  }

  override inferShape([[batch, rows, columns, channels]]: readonly LayerShape[]): LayerShape {
    const { height, width } = this.#options;
    if (Math.ceil(height / 2) !== rows || Math.ceil(width / 2) !== columns) {
      throw this.refuse(
        `${rows}×${columns} cannot be doubled to ${height}×${width}`,
        `${2 * rows!}×${2 * columns!}, or one less where that came from an odd size`,
      );
    }
    return [batch, height, width, channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    return upsample(x as Tensor4D, this.#options.height, this.#options.width);
  }

  /** It moves values and computes none. */
  override cost(): LayerCost {
    return NO_COST;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(Upsampling);

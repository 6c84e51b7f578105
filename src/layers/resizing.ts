import { MapResize } from '../engine/kernels/map-resize.js';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
import { upsample } from '../engine/upsample.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer, type OperatorOptions } from './operator-layer.js';

/** How values between places are found. */
export type Interpolation = 'bilinear' | 'nearest';

export interface ResizingOptions extends OperatorOptions {
  /** `nearest` repeats each place twice along both axes, and so wants a map of half the size, rounded up. */
  readonly interpolation: Interpolation;
}

/**
 * A map as large as another: [B,h,w,C] and [B,H,W,·] → [B,H,W,C]. `bilinear` has half-pixel centres, as PyTorch's
 * `interpolate(mode='bilinear', align_corners=False)`. Of the other map only the size is looked at.
 */
export class Resizing extends OperatorLayer {
  static className = 'Resizing';
  readonly #interpolation: Interpolation;

  constructor(options: ResizingOptions) {
    super(options);
    this.#interpolation = options.interpolation;
  }

  override inferShape([shape, like]: readonly LayerShape[]): LayerShape {
    const [batch, rows, columns] = shape;
    const [, height, width] = like;
    if (this.#interpolation === 'nearest' && !isHalf(rows!, height!, columns!, width!)) {
      throw this.refuse(`${rows}×${columns} cannot be doubled to ${height}×${width}`);
    }
    return [batch, height, width, channelsOf(shape)];
  }

  override compute([x, like]: readonly Tensor[]): Tensor {
    const [, height, width] = like.shape;
    if (this.#interpolation === 'nearest') return upsample(x as Tensor4D, height!, width!);
    return callKernel(MapResize, { x: x as Tensor4D }, { height: height!, width: width!, rule: 'bilinear' });
  }

  /** A mean of four places is four multiply-adds; repeating a value is none. */
  override cost(inputs: readonly LayerShape[]): LayerCost {
    if (this.#interpolation === 'nearest') return NO_COST;
    return { ...NO_COST, macsElementwise: 4 * elements(this.inferShape(inputs)) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), interpolation: this.#interpolation };
  }
}
serialization.registerClass(Resizing);

/** Whether a map of `rows`×`columns` is half of one of `height`×`width`, rounded up. */
export function isHalf(rows: number, height: number, columns: number, width: number): boolean {
  return rows === Math.ceil(height / 2) && columns === Math.ceil(width / 2);
}

import { globalAveragePool } from '../engine/ops.js';
import { serialization, type LayerShape, type Tensor, type Tensor4D } from '../engine/tf.js';
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

import { add, serialization, type LayerShape, type Tensor } from '../engine/tf.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer } from './operator-layer.js';

/** Sum of two branches of equal shape (the identity shortcut of a residual block). */
export class Add extends OperatorLayer {
  static className = 'AddBranches';

  override inferShape([shape]: readonly LayerShape[]): LayerShape {
    return shape;
  }

  override compute([a, b]: readonly Tensor[]): Tensor {
    return add(a, b);
  }

  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }
}
serialization.registerClass(Add);

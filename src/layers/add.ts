import { add, serialization, type LayerShape, type Tensor } from '../engine/tf.js';
import { elements, NO_COST, type LayerCost } from './cost.js';
import { OperatorLayer } from './operator-layer.js';

/** Sum of two branches of equal shape (the identity shortcut of a residual block). */
export class Add extends OperatorLayer {
  static className = 'AddBranches';

  override inferShape([shape, other]: readonly LayerShape[]): LayerShape {
    if (shape.slice(1).join() !== other.slice(1).join()) {
      const [a, b] = [shape, other].map((each) => `[${each.slice(1).join(', ')}]`);
      throw this.refuse(`the branches must have one shape: ${a} and ${b}`);
    }
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

import { concat, serialization, type LayerShape, type Tensor } from '../engine/tf.js';
import { NO_COST, type LayerCost } from './cost.js';
import { channelsOf, OperatorLayer } from './operator-layer.js';

/** Branches of one height and width side by side: [B,H,W,C₁], [B,H,W,C₂] … → [B,H,W,C₁+C₂+…]. */
export class Concatenate extends OperatorLayer {
  static className = 'ConcatenateBranches';

  override inferShape(shapes: readonly LayerShape[]): LayerShape {
    const places = shapes.map((shape) => shape.slice(1, -1).join('×'));
    if (new Set(places).size > 1) {
      throw this.refuse(`the branches must have one height and width: ${places.join(' and ')}`);
    }
    const channels = shapes.reduce((sum, shape) => sum + channelsOf(shape), 0);
    return [...shapes[0].slice(0, -1), channels];
  }

  override compute(branches: readonly Tensor[]): Tensor {
    return concat([...branches], -1);
  }

  /** It moves values and computes none. */
  override cost(): LayerCost {
    return NO_COST;
  }
}
serialization.registerClass(Concatenate);

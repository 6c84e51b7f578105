import type { LayersModel } from '../engine/tf.js';
import { outputAxesOf } from '../layers/weights.js';

/** A weight or a moving statistic of one of our networks, by its name and shape. */
export interface OwnWeight {
  /** `<layer>/<part>` */
  readonly name: string;
  /** `stage3/block2/expand` */
  readonly layer: string;
  /** `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`, or what an operator calls its own. */
  readonly part: string;
  readonly shape: readonly number[];
  /** How many of its last axes are what it puts out: 2 of a depthwise kernel [kh,kw,C,m], else 1. */
  readonly outputAxes: number;
}

/** All of a model, layer by layer. */
export function ownWeightsOf(model: LayersModel): readonly OwnWeight[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((weight) => {
      const { originalName: name } = weight;
      const part = name.slice(layer.name.length + 1);
      const shape = weight.shape as number[];
      return { name, layer: layer.name, part, shape, outputAxes: outputAxesOf(weight) };
    }),
  );
}

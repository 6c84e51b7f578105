import type { Tensor, Tensor4D } from '../../engine/tf.js';
import { BatchNormalization, type BatchNormSettings } from '../../layers/batch-norm.js';
import { convolve } from '../../layers/convolution.js';
import { convolutionCost, sumCosts, type LayerCost } from '../../layers/cost.js';
import type { CallOptions, OperatorLayer } from '../../layers/operator-layer.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

interface Stage {
  readonly norm: BatchNormalization;
  readonly kernel: LayerWeight;
  readonly bias: LayerWeight | undefined;
}

/**
 * γ of a self-attention network (Zhao et al. 2020, section 3): linear maps from one of `widths` to the next, each
 * after batch norm and ReLU, the last with a bias. [B,H,W,first] → [B,H,W,last].
 *
 * Weights of map i, counted from 1: `map<i>_gamma`, `map<i>_beta` and moving statistics, `map<i>_kernel`; and
 * `map_bias`. Kernels and the bias start uniform in ±1/√fan-in, PyTorch's default, as the authors' do.
 */
export class RelationMapping {
  readonly #stages: readonly Stage[];

  constructor(layer: OperatorLayer, widths: readonly number[], settings: BatchNormSettings) {
    this.#stages = widths.slice(1).map((width, i) => {
      const from = widths[i];
      const limit = 1 / Math.sqrt(from);
      const distribution = { kind: 'uniform', limit } as const;
      const isLast = i === widths.length - 2;
      return {
        norm: new BatchNormalization(layer, `map${i + 1}_`, from, settings, 'relu'),
        kernel: makeWeight(layer, `map${i + 1}_kernel`, [1, 1, from, width], distribution, 'kernel'),
        bias: isLast ? makeWeight(layer, 'map_bias', [width], distribution, 'bias') : undefined,
      };
    });
  }

  apply(relation: Tensor4D, options: CallOptions): Tensor4D {
    return this.#stages.reduce((x, { norm, kernel, bias }) => {
      const normalised = norm.apply(x as Tensor, options) as Tensor4D;
      return convolve(normalised, kernel.read() as Tensor4D, bias?.read(), 1);
    }, relation);
  }

  /** Cost over `places` relations. */
  static cost(places: number, widths: readonly number[]): LayerCost {
    return sumCosts(
      widths
        .slice(1)
        .flatMap((width, i) => [
          BatchNormalization.cost(places, widths[i], 'relu'),
          convolutionCost(places, 1, widths[i], width, i === widths.length - 2),
          { innerActivations: places * (widths[i] + width) },
        ]),
    );
  }
}

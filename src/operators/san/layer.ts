import { callKernel } from '../../engine/kernels/call-kernel.js';
import { Involution } from '../../engine/kernels/involution.js';
import {
  concat,
  reshape,
  serialization,
  softmax,
  tensor4d,
  transpose,
  type LayerShape,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';
import type { BatchNormSettings } from '../../layers/batch-norm.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { convolutionCost, elements, NO_COST, sumCosts, type LayerCost } from '../../layers/cost.js';
import { divisorsNear } from '../neighbourhood.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { largestReflected, reflected } from './reflection.js';
import { RelationMapping } from './mapping.js';
import {
  pairwiseRelation,
  pairwiseWidth,
  patchwiseRelation,
  patchwiseWidth,
  relationMacs,
  type PairwiseRelation,
  type PatchwiseRelation,
} from './relation.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/** γ as the paper writes it: L linear, R ReLU. */
export type MappingName = 'L' | 'LRL' | 'LRLRL';

/** Which δ: between two places, with or without their offset, or over the whole patch. */
export type RelationOptions =
  | { readonly type: 'pairwise'; readonly relation: PairwiseRelation; readonly position: boolean }
  | { readonly type: 'patchwise'; readonly relation: PatchwiseRelation };

export type SelfAttentionOptions = OperatorOptions &
  RelationOptions & {
    readonly mapping: MappingName;
    /** Channels out. */
    readonly filters: number;
    /** r: channels of the features that are related, φ(x) and ψ(x). */
    readonly relationChannels: number;
    /** Channels that share a weight, every (filters/share)-th; divides the filters. */
    readonly share: number;
    /** Side of the footprint, odd. */
    readonly kernelSize: number;
    readonly stride?: number;
    /** Of γ. */
    readonly batchNorm: BatchNormSettings;
  };

/**
 * The aggregation of a self-attention network (Zhao et al. 2020, "Exploring Self-attention for Image Recognition",
 * sections 3.1 and 3.2): [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,filters], y_i = Σ_j α_ij ⊙ β(x_j) over the footprint on the
 * reflected map. Pairwise: α_ij = softmax_j γ(δ(φ(x_i), ψ(x_j))), with the offset of the positions, mapped by a
 * linear layer, beside the features. Patchwise: α_i = γ(δ(x_R(i))), all weights of a place at once, no softmax.
 * Channel c takes the weight c mod G, G = filters/share, as the authors' code has it. A stride averages s×s
 * places of the result.
 *
 * Weights: `query_`, `key_`, `value_` and, with a position, `position_` `kernel` and `bias`, uniform in ±1/√fan-in
 * as PyTorch starts them; then those of γ.
 */
export class SelfAttentionModule extends OperatorLayer {
  static className = 'SelfAttentionModule';
  readonly #options: SelfAttentionOptions & { readonly stride: number };
  #query: LayerWeight[] = [];
  #key: LayerWeight[] = [];
  #value: LayerWeight[] = [];
  #position: LayerWeight[] = [];
  #mapping: RelationMapping | undefined;

  constructor(options: SelfAttentionOptions) {
    super(options);
    this.#options = { stride: 1, ...options };
    const { filters, share, kernelSize } = options;
    if (filters % share !== 0) {
      throw this.refuse(
        `share must divide the channels: ${share} into ${filters}`,
        `share ${divisorsNear(filters, share)}`,
      );
    }
    this.requireOdd(kernelSize);
  }

  override get stride(): number {
    return this.#options.stride;
  }

  /** At 1 alone: its footprints on the reflected map lie close together. */
  override dilated(dilation: number): SelfAttentionModule {
    if (dilation > 1) throw this.refuse('its footprint knows no dilation');
    return new SelfAttentionModule({ ...this.#options, stride: 1 });
  }

  override inferShape([[batch, height, width]]: readonly LayerShape[]): LayerShape {
    const { filters, kernelSize, stride } = this.#options;
    const shorter = Math.min(height!, width!);
    if (kernelSize > largestReflected(shorter)) {
      const needed = (kernelSize + 1) / 2;
      throw this.refuse(
        `a footprint of ${kernelSize}×${kernelSize} needs a map of ${needed}×${needed} or more to reflect, not ${height}×${width}`,
        `a kernelSize of at most ${largestReflected(shorter)} here, a larger data.inputSize, or fewer poolings`,
      );
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), filters];
  }

  override build(shape: LayerShape): void {
    const { filters, relationChannels, batchNorm } = this.#options;
    const channels = channelsOf(shape);
    const pair = (prefix: string, from: number, to: number): LayerWeight[] => {
      const limit = 1 / Math.sqrt(from);
      return [
        makeWeight(this, `${prefix}_kernel`, [1, 1, from, to], { kind: 'uniform', limit }, 'kernel'),
        makeWeight(this, `${prefix}_bias`, [to], { kind: 'uniform', limit }, 'bias'),
      ];
    };
    this.#query = pair('query', channels, relationChannels);
    this.#key = pair('key', channels, relationChannels);
    this.#value = pair('value', channels, filters);
    if (this.#hasPosition) this.#position = pair('position', 2, 2);
    this.#mapping = new RelationMapping(this, this.#widths, batchNorm);
    super.build(shape);
  }

  override compute([input]: readonly Tensor[], call: CallOptions): Tensor {
    const { kernelSize, stride } = this.#options;
    const x = input as Tensor4D;
    const groups = this.#groups;
    const weights = this.#weights(x, call);
    const window = { kernelSize, groups, stride: 1, dilation: 1 };
    const kind = this.#options.type === 'pairwise' ? 'attention' : 'kernels';
    call.observe?.({ kind, reach: 'window', weights, mirrored: true, ...window });
    const values = reflected(this.#values(x), kernelSize);
    const sums = callKernel(Involution, { x: values, kernel: weights }, { ...window, padding: 'valid' });
    const y = this.#interleaved(sums);
    return stride > 1 ? averagePool(y, stride) : y;
  }

  /** α, group-major: [B,H,W,G·K²]. */
  #weights(x: Tensor4D, call: CallOptions): Tensor4D {
    const { kernelSize } = this.#options;
    const [batch, height, width] = x.shape;
    const taps = kernelSize ** 2;
    const query = connect(x, this.#query);
    const key = connect(x, this.#key);
    const options = this.#options;
    if (options.type === 'patchwise') {
      return this.#mapping!.apply(patchwiseRelation(options.relation, query, key, kernelSize), call);
    }
    const parts = [pairwiseRelation(options.relation, query, key, kernelSize)];
    if (options.position) {
      const p = connect(coordinates(batch, height, width), this.#position);
      parts.push(pairwiseRelation('subtraction', p, p, kernelSize));
    }
    const relation = transpose(parts.length > 1 ? concat(parts, 1) : parts[0], [0, 2, 1]);
    const lines = reshape(relation, [batch, height * width, taps, relation.shape[2]!]) as Tensor4D;
    const logits = transpose(this.#mapping!.apply(lines, call), [0, 1, 3, 2]);
    return reshape(softmax(logits), [batch, height, width, this.#groups * taps]);
  }

  /** β(x) with the channels that share a weight side by side, as involution has them: [B,H,W,filters]. */
  #values(x: Tensor4D): Tensor4D {
    const { filters, share } = this.#options;
    const [kernel, bias] = this.#value.map((weight) => {
      const value = weight.read();
      const rows = value.size / filters;
      return reshape(transpose(reshape(value, [rows, share, this.#groups]), [0, 2, 1]), value.shape);
    });
    return convolve(x, kernel as Tensor4D, bias, 1);
  }

  /** Channels back into their order. */
  #interleaved(y: Tensor4D): Tensor4D {
    const { filters, share } = this.#options;
    const sides = reshape(y, [y.size / filters, this.#groups, share]);
    return reshape(transpose(sides, [0, 2, 1]), y.shape);
  }

  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { filters, relationChannels, kernelSize, stride, type, relation } = this.#options;
    const channels = channelsOf(inputs[0]);
    const places = elements(inputs[0]) / channels;
    const taps = kernelSize ** 2;
    const relations = type === 'pairwise' ? places * taps : places;
    const weights = places * taps * this.#groups;
    return sumCosts([
      convolutionCost(places, 1, channels, relationChannels, true),
      convolutionCost(places, 1, channels, relationChannels, true),
      convolutionCost(places, 1, channels, filters, true),
      this.#hasPosition ? convolutionCost(places, 1, 2, 2, true) : NO_COST,
      RelationMapping.cost(relations, this.#widths),
      {
        macs: places * (relationMacs(relation, relationChannels, kernelSize) + taps * filters),
        // The relation itself, and the softmax.
        macsElementwise:
          relations * this.#widths[0] +
          (type === 'pairwise' ? weights : 0) +
          (stride > 1 ? places * filters : 0),
        innerActivations:
          places * (2 * relationChannels + 2 * filters) + relations * this.#widths[0] + 2 * weights,
      },
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options, batchNorm: { ...this.#options.batchNorm } };
  }

  get #groups(): number {
    return this.#options.filters / this.#options.share;
  }

  get #hasPosition(): boolean {
    return this.#options.type === 'pairwise' && this.#options.position;
  }

  /** Widths of γ from δ to the weights. The authors' γ is LRL; how the others are normalised is ours. */
  get #widths(): number[] {
    const options = this.#options;
    const { relationChannels, kernelSize, mapping } = options;
    const isPairwise = options.type === 'pairwise';
    const first = isPairwise
      ? pairwiseWidth(options.relation, relationChannels) + (options.position ? 2 : 0)
      : patchwiseWidth(options.relation, relationChannels, kernelSize);
    const between = isPairwise ? relationChannels : this.#groups;
    const last = isPairwise ? this.#groups : this.#groups * kernelSize ** 2;
    const hidden = { L: 0, LRL: 1, LRLRL: 2 }[mapping];
    return [first, ...new Array<number>(hidden).fill(between), last];
  }
}
serialization.registerClass(SelfAttentionModule);

function connect(x: Tensor4D, [kernel, bias]: readonly LayerWeight[]): Tensor4D {
  return convolve(x, kernel.read() as Tensor4D, bias.read(), 1);
}

/** x and y of each place, each from −1 to 1: [B,H,W,2]. */
function coordinates(batch: number, height: number, width: number): Tensor4D {
  const along = (i: number, length: number): number => (length > 1 ? (2 * i) / (length - 1) - 1 : -1);
  const one: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) one.push(along(x, width), along(y, height));
  const all = new Float32Array(batch * one.length);
  for (let b = 0; b < batch; b++) all.set(one, b * one.length);
  return tensor4d(all, [batch, height, width, 2]);
}

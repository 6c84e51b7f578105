import { neighbourhoodProduct, type InvolutionAttrs } from '../../engine/kernels/involution.js';
import {
  abs,
  add,
  matMul,
  neg,
  pad,
  relu,
  reshape,
  serialization,
  slice,
  square,
  tensor2d,
  transpose,
  type LayerShape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../engine/tf.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { elements, NO_COST, type LayerCost } from '../../layers/cost.js';
import { attend, neighbourhoodDifference } from '../neighbourhood.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { type Distribution } from '../../layers/initializers.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/** Φ: −(q − k)², −|q − k| or q·k. */
export type Relation = 'squared-difference' | 'absolute-difference' | 'product';

export interface LocalRelationOptions extends OperatorOptions {
  /** m: channels that share their weights; the last group is smaller where it does not divide the channels. */
  readonly channelsPerGroup: number;
  /** K, odd. */
  readonly kernelSize: number;
  readonly relation: Relation;
  readonly stride?: number;
  /** Places between two keys. */
  readonly dilation?: number;
  /** Whether g is there (default); without it the order of the keys is not seen. */
  readonly geometryPrior?: boolean;
}

/**
 * Local relation layer (Hu et al. 2019, "Local Relation Networks for Image Recognition", equation 2):
 * [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C]. y = W_o z, z_i = Σ_j softmax_j(Φ(q_i, k_j) + g(j − i)) x_j over the part of the K×K
 * window within the map, with one scalar query and key for each of G = ⌈C/m⌉ groups of channels; g, the geometry
 * prior, is a network of two layers on the offset. With a stride queries are taken at every s-th place.
 *
 * Weights: `query_kernel`, `key_kernel` [1,1,C,G], `geometry_hidden` [2,G] on (dx, dy)/⌊K/2⌋, `geometry_out` [G,G],
 * `output_kernel` [1,1,C,C], the two of the geometry with its prior alone, none with bias. The paper does not say how
 * they start: queries and keys here uniform in ±1/√C, PyTorch's default, the others normal with fan-out scaling.
 */
export class LocalRelation extends OperatorLayer {
  static className = 'LocalRelation';
  readonly #options: Required<LocalRelationOptions>;
  #query: LayerWeight | undefined;
  #key: LayerWeight | undefined;
  #geometry: LayerWeight[] = [];
  #output: LayerWeight | undefined;

  constructor(options: LocalRelationOptions) {
    super(options);
    this.#options = { stride: 1, dilation: 1, geometryPrior: true, ...options };
    this.requireOdd(options.kernelSize);
  }

  override get stride(): number {
    return this.#options.stride;
  }

  override dilated(dilation: number): LocalRelation {
    return new LocalRelation({ ...this.#options, stride: 1, dilation });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { stride, channelsPerGroup } = this.#options;
    if (channelsPerGroup > channels!) {
      throw this.refuse(
        `${channelsPerGroup} channels cannot share weights, there are ${channels}`,
        `groups of 1 to ${channels} channels`,
      );
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const channels = channelsOf(shape);
    const groups = this.#groups(channels);
    const make = (name: string, to: number, distribution: Distribution): LayerWeight =>
      makeWeight(this, name, [1, 1, channels, to], distribution, 'kernel');
    // By the fan-out G they would start √(6m) times as large: the softmax has one place, and training diverges.
    const scalar = { kind: 'uniform', limit: 1 / Math.sqrt(channels) } as const;
    this.#query = make('query_kernel', groups, scalar);
    this.#key = make('key_kernel', groups, scalar);
    if (this.#options.geometryPrior) {
      const distribution = { kind: 'he-normal', fanOut: groups } as const;
      this.#geometry = [
        makeWeight(this, 'geometry_hidden', [2, groups], distribution, 'kernel'),
        makeWeight(this, 'geometry_out', [groups, groups], distribution, 'kernel'),
      ];
    }
    this.#output = make('output_kernel', channels, { kind: 'he-normal', fanOut: channels });
    super.build(shape);
  }

  override compute([input]: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const { kernelSize, stride, dilation, channelsPerGroup } = this.#options;
    const x = input as Tensor4D;
    const [batch, , , channels] = x.shape;
    const window = { kernelSize, groups: this.#groups(channels), stride, dilation };
    const related = this.#relations(x, window);
    const logits = this.#options.geometryPrior ? add<Tensor4D>(related, this.#prior(window)) : related;
    const missing = window.groups * channelsPerGroup - channels;
    const seen = { border: 'mask', observe } as const;
    if (missing === 0) return this.#put(attend(logits, x, window, seen));
    // Channels of zero fill the last group up, and go again.
    const filled = pad(x, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, missing],
    ]);
    const z = attend(logits, filled, window, seen);
    return this.#put(slice(z, [0, 0, 0, 0], [batch, z.shape[1], z.shape[2], channels]));
  }

  /**
   * Keys C·G a place of the input; queries C·G, Φ G·K², the sum C·K² and the output C² a place of the output; the
   * geometry prior once.
   */
  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { kernelSize, relation, geometryPrior } = this.#options;
    const channels = channelsOf(inputs[0]);
    const groups = this.#groups(channels);
    const taps = kernelSize ** 2;
    const seen = elements(inputs[0]) / channels;
    const places = elements(this.inferShape(inputs)) / channels;
    const prior = geometryPrior ? groups * (2 + groups) : 0;
    const perTap = (relation === 'product' ? 1 : 3) + (geometryPrior ? 1 : 0);
    return {
      ...NO_COST,
      parameters: 2 * channels * groups + prior + channels ** 2,
      macs:
        seen * channels * groups +
        places * (channels * groups + channels ** 2 + groups * taps + channels * taps) +
        taps * prior,
      // A difference and its sign, the sum with the prior, the softmax; ReLU within the prior.
      macsElementwise: places * groups * taps * perTap + (geometryPrior ? taps * groups : 0),
      // Keys, queries, weights, what goes into the output; the difference for the derivative of Φ.
      innerActivations:
        seen * groups + places * (groups + channels + groups * taps * (relation === 'product' ? 1 : 2)),
    };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }

  #groups(channels: number): number {
    return Math.ceil(channels / this.#options.channelsPerGroup);
  }

  /** Φ(q_i, k_j) → [B,OH,OW,G·K²]. */
  #relations(x: Tensor4D, window: InvolutionAttrs): Tensor4D {
    const query = convolve(x, this.#query!.read() as Tensor4D, undefined, window.stride);
    const key = convolve(x, this.#key!.read() as Tensor4D, undefined, 1);
    if (this.#options.relation === 'product') return neighbourhoodProduct(query, key, window);
    const difference = neighbourhoodDifference(query, key, window);
    return neg(this.#options.relation === 'squared-difference' ? square(difference) : abs(difference));
  }

  /** g(j − i) → [G·K²]: a 1×1 layer on the offset, ReLU, another. */
  #prior({ kernelSize, groups }: InvolutionAttrs): Tensor {
    const reach = (kernelSize - 1) / 2;
    const offset = (at: number): number => (at - reach) / Math.max(1, reach);
    const offsets = Array.from({ length: kernelSize ** 2 }, (_, tap) => [
      offset(tap % kernelSize),
      offset(Math.floor(tap / kernelSize)),
    ]);
    const [hidden, out] = this.#geometry.map((weight) => weight.read() as Tensor2D);
    const prior = matMul(relu(matMul(tensor2d(offsets), hidden)), out);
    return reshape(transpose(prior), [groups * kernelSize ** 2]);
  }

  #put(z: Tensor4D): Tensor {
    return convolve(z, this.#output!.read() as Tensor4D, undefined, 1);
  }
}
serialization.registerClass(LocalRelation);

import { neighbourhoodProduct, type InvolutionAttrs } from '../../engine/kernels/involution.js';
import {
  add,
  concat,
  matMul,
  reshape,
  serialization,
  zeros,
  type LayerShape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../engine/tf.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { elements, NO_COST, type LayerCost } from '../../layers/cost.js';
import { attend, divisorsNear, type BorderTreatment } from '../neighbourhood.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

export interface LocalSelfAttentionOptions extends OperatorOptions {
  /** N: the channels of one head, C/N of them, share their weights; divides the channels. */
  readonly heads: number;
  /** K, odd. */
  readonly kernelSize: number;
  readonly stride?: number;
  /** Places between two keys. */
  readonly dilation?: number;
  /** `dot`: logits q·k (default); `none`: none from the content of keys, so no W_K. */
  readonly relation?: 'dot' | 'none';
  /** `relative`: logits q·r of row and column offset (default); `none`: the order of keys is not seen. */
  readonly position?: 'relative' | 'none';
  /** Beyond the border: `mask` (default) leaves it out; `zero` has keys and values of zero that take weight. */
  readonly padding?: BorderTreatment;
}

/**
 * Local self-attention (Ramachandran et al. 2019, "Stand-Alone Self-Attention in Vision Models", section 3):
 * [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C]. In each head y_i = Σ_j softmax_j(q_i·k_j + q_i·r_{j−i}) v_j over the K×K window,
 * r_{a,b} the row embedding of a over the column embedding of b, shared by the heads; neither 1/√d nor an output
 * projection (equation 3). With stride s attention is at the size of the input and averaged over s×s places.
 *
 * Weights: `query_kernel`, `key_kernel` (relation `dot`), `value_kernel` [1,1,C,C], dense over all heads, truncated
 * normal of deviation C^−½; `row_table`, `column_table` [d/2,K] (position `relative`), normal of deviation 1.
 */
export class LocalSelfAttention extends OperatorLayer {
  static className = 'LocalSelfAttention';
  readonly #options: Required<LocalSelfAttentionOptions>;
  #query: LayerWeight | undefined;
  #key: LayerWeight | undefined;
  #value: LayerWeight | undefined;
  #rows: LayerWeight | undefined;
  #columns: LayerWeight | undefined;

  constructor(options: LocalSelfAttentionOptions) {
    super(options);
    this.#options = {
      stride: 1,
      dilation: 1,
      relation: 'dot',
      position: 'relative',
      padding: 'mask',
      ...options,
    };
    const { kernelSize, relation, position } = this.#options;
    this.requireOdd(kernelSize);
    if (relation === 'none' && position === 'none') {
      throw this.refuse(
        'relation and position are both none, so every weight would be the same',
        'relation dot, position relative, or both',
      );
    }
  }

  override get stride(): number {
    return this.#options.stride;
  }

  override dilated(dilation: number): LocalSelfAttention {
    return new LocalSelfAttention({ ...this.#options, stride: 1, dilation });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { heads, stride, position } = this.#options;
    if (channels! % heads !== 0) {
      throw this.refuse(
        `heads must divide the channels: ${heads} heads, ${channels} channels`,
        `heads ${divisorsNear(channels!, heads)}`,
      );
    }
    if (position === 'relative' && (channels! / heads) % 2 !== 0) {
      throw this.refuse(
        'a head’s channels are half for rows and half for columns, so they must be even: ' +
          `${channels! / heads} of ${channels} channels in ${heads} heads`,
        channels! % 2 === 0
          ? `heads ${divisorsNear(channels! / 2, heads)}, or position none`
          : 'position none',
      );
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const { heads, kernelSize, relation, position } = this.#options;
    const channels = channelsOf(shape);
    const projecting = { kind: 'truncated-normal', deviation: channels ** -0.5 } as const;
    const project = (name: string): LayerWeight =>
      makeWeight(this, `${name}_kernel`, [1, 1, channels, channels], projecting, 'kernel');
    this.#query = project('query');
    if (relation === 'dot') this.#key = project('key');
    this.#value = project('value');
    if (position === 'relative') {
      const table = (name: string): LayerWeight =>
        makeWeight(
          this,
          `${name}_table`,
          [channels / heads / 2, kernelSize],
          { kind: 'normal', deviation: 1 },
          'position',
        );
      this.#rows = table('row');
      this.#columns = table('column');
    }
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const { heads, kernelSize, stride, dilation, padding } = this.#options;
    const window = { kernelSize, groups: heads, stride: 1, dilation };
    const project = (weight: LayerWeight): Tensor4D =>
      convolve(x as Tensor4D, weight.read() as Tensor4D, undefined, 1);
    const query = project(this.#query!);
    const terms: Tensor4D[] = [];
    if (this.#key) terms.push(neighbourhoodProduct(query, project(this.#key), window));
    if (this.#rows) terms.push(this.#relative(query, window));
    const logits: Tensor4D = terms.length === 2 ? add(terms[0], terms[1]) : terms[0];
    const y = attend(logits, project(this.#value!), window, { border: padding, observe });
    return stride > 1 ? averagePool(y, stride) : y;
  }

  /** The 1×1 projections, and K²·C a place for each of q·k, q·r and the sum of the values. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    const { heads, kernelSize, stride, relation, position } = this.#options;
    const channels = channelsOf(shape);
    const places = elements(shape) / channels;
    const taps = kernelSize ** 2;
    const terms = Number(relation === 'dot') + Number(position === 'relative');
    const projections = relation === 'dot' ? 3 : 2;
    const pooled = stride > 1 ? places * channels : 0;
    return {
      ...NO_COST,
      parameters:
        projections * channels ** 2 + (position === 'relative' ? (kernelSize * channels) / heads : 0),
      macs: places * (projections * channels ** 2 + (terms + 1) * taps * channels),
      // The sum of two terms, the softmax, the pooling.
      macsElementwise: places * taps * heads * terms + pooled,
      innerActivations: places * (projections * channels + taps * heads) + pooled,
    };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }

  /** q·r for each head and tap: [B,H,W,C] → [B,H,W,N·K²], a product with the table of all offsets. */
  #relative(query: Tensor4D, { kernelSize, groups }: InvolutionAttrs): Tensor4D {
    const [batch, height, width, channels] = query.shape;
    const depth = channels / groups;
    const spread = (table: LayerWeight, shape: readonly number[], over: readonly number[]): Tensor =>
      add(reshape(table.read(), [...shape]), zeros([...over]));
    const table = concat([
      spread(this.#rows!, [depth / 2, kernelSize, 1], [1, 1, kernelSize]),
      spread(this.#columns!, [depth / 2, 1, kernelSize], [1, kernelSize, 1]),
    ]);
    const logits = matMul(
      reshape(query, [batch * height * width * groups, depth]) as Tensor2D,
      reshape(table, [depth, kernelSize ** 2]) as Tensor2D,
    );
    return reshape(logits, [batch, height, width, groups * kernelSize ** 2]);
  }
}
serialization.registerClass(LocalSelfAttention);

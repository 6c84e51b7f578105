import {
  add,
  matMul,
  mul,
  reshape,
  scalar,
  serialization,
  softmax,
  transpose,
  type LayerShape,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../../engine/tf.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { elements, NO_COST, type LayerCost } from '../../layers/cost.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { makeWeight, type LayerWeight, type WeightRole } from '../../layers/weights.js';
import { divisorsNear } from '../neighbourhood.js';
import { byKey } from './relative.js';

export interface GlobalSelfAttentionOptions extends OperatorOptions {
  /** N: the channels of one head, C/N of them, share their weights; divides the channels. */
  readonly heads: number;
  /** Of the map; the layer takes no other, since its tables fit no other. */
  readonly height: number;
  readonly width: number;
  /** `relative`: logits q·r of row and column offset (default); `none`: the order of places is not seen. */
  readonly position?: 'relative' | 'none';
  readonly stride?: number;
}

/**
 * Multi-head self-attention of each place to all places of the map (Srinivas et al. 2021, "Bottleneck Transformers",
 * section 3 and figure 4): [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C]. In each head y_i = Σ_j softmax_j(q_i·k_j + q_i·r_{j−i}) v_j,
 * queries divided by √(C/N), r the embedding of the row offset plus that of the column offset, shared by the heads;
 * there is no projection behind. A stride averages s×s places of the result.
 *
 * Weights: `query_kernel`, `key_kernel`, `value_kernel` [1,1,C,C], normal of deviation C^−½; `row_table` [2H−1,C/N],
 * `column_table` [2W−1,C/N] from the most negative offset of the key on, normal of deviation (C/N)^−½.
 */
export class GlobalSelfAttention extends OperatorLayer {
  static className = 'GlobalSelfAttention';
  readonly #options: Required<GlobalSelfAttentionOptions>;
  #query: LayerWeight | undefined;
  #key: LayerWeight | undefined;
  #value: LayerWeight | undefined;
  #rows: LayerWeight | undefined;
  #columns: LayerWeight | undefined;

  constructor(options: GlobalSelfAttentionOptions) {
    super(options);
    this.#options = { position: 'relative', stride: 1, ...options };
  }

  override get stride(): number {
    return this.#options.stride;
  }

  /** It sees all places anyway. */
  override dilated(): GlobalSelfAttention {
    return new GlobalSelfAttention({ ...this.#options, stride: 1 });
  }

  override inferShape([[batch, rows, columns, channels]]: readonly LayerShape[]): LayerShape {
    const { heads, height, width, stride } = this.#options;
    if (rows !== height || columns !== width) {
      throw this.refuse(
        `was made for maps of ${height}×${width} places, not ${rows}×${columns}`,
        'the data.inputSize that the network was made for',
      );
    }
    if (channels! % heads !== 0) {
      throw this.refuse(
        `heads must divide the channels: ${heads} heads, ${channels} channels`,
        `heads ${divisorsNear(channels!, heads)}`,
      );
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const { heads, height, width, position } = this.#options;
    const channels = channelsOf(shape);
    const depth = channels / heads;
    const normal = (name: string, of: readonly number[], fan: number, role: WeightRole): LayerWeight =>
      makeWeight(this, name, of, { kind: 'normal', deviation: fan ** -0.5 }, role);
    const project = (name: string): LayerWeight =>
      normal(`${name}_kernel`, [1, 1, channels, channels], channels, 'kernel');
    this.#query = project('query');
    this.#key = project('key');
    this.#value = project('value');
    if (position === 'relative') {
      this.#rows = normal('row_table', [2 * height - 1, depth], depth, 'position');
      this.#columns = normal('column_table', [2 * width - 1, depth], depth, 'position');
    }
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const { heads, height, width, stride } = this.#options;
    const [batch, , , channels] = x.shape;
    const [places, depth] = [height * width, channels / heads];
    // Heads as matrices of their own, [B·N,H·W,C/N].
    const project = (kernel: Tensor): Tensor3D => {
      const all = reshape(convolve(x as Tensor4D, kernel as Tensor4D, undefined, 1), [
        batch,
        places,
        heads,
        depth,
      ]);
      return reshape(transpose(all, [0, 2, 1, 3]), [batch * heads, places, depth]);
    };
    // The kernel is divided by √(C/N) where it is smaller than the queries.
    const query = project(mul(this.#query!.read(), scalar(depth ** -0.5)));
    const products = matMul<Tensor3D>(query, project(this.#key!.read()), false, true);
    const logits = this.#rows ? this.#withPositions(products, query) : products;
    const weights = softmax(logits);
    observe?.({ kind: 'attention', reach: 'map', weights, groups: heads, height, width });
    const sums = matMul(weights, project(this.#value!.read()));
    const sides = transpose(reshape(sums, [batch, heads, places, depth]), [0, 2, 1, 3]);
    const y = reshape(sides, [batch, height, width, channels]) as Tensor4D;
    return stride > 1 ? averagePool(y, stride) : y;
  }

  /** q_i·k_j + q_i·r_{j−i}: an embedding of the row offset and one of the column offset are two products with tables. */
  #withPositions(products: Tensor3D, query: Tensor3D): Tensor3D {
    const { height, width } = this.#options;
    const [matrices, places, depth] = query.shape;
    const all = reshape(query, [matrices * places, depth]) as Tensor2D;
    const byOffset = (table: LayerWeight, length: number): Tensor4D =>
      reshape(matMul(all, table.read() as Tensor2D, false, true), [matrices, height, width, 2 * length - 1]);
    const turned = (logits: Tensor4D): Tensor4D => transpose(logits, [0, 2, 1, 3]);

    const rows = reshape(turned(byOffset(this.#rows!, height)), [matrices * width, height, 2 * height - 1]);
    const byRow = turned(reshape(byKey(rows as Tensor3D), [matrices, width, height, height]));
    const columns = reshape(byOffset(this.#columns!, width), [matrices * height, width, 2 * width - 1]);
    const byColumn = byKey(columns as Tensor3D);

    const logits = add(
      add(
        reshape(products, [matrices, places, height, width]),
        reshape(byRow, [matrices, places, height, 1]),
      ),
      reshape(byColumn, [matrices, places, 1, width]),
    );
    return reshape(logits, [matrices, places, places]);
  }

  /** The three projections, and at each place C for each of q·k and the sum, and for each offset of row and column. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    const { heads, height, width, position, stride } = this.#options;
    const channels = channelsOf(shape);
    const places = elements(shape) / channels;
    const offsets = position === 'relative' ? 2 * height - 1 + (2 * width - 1) : 0;
    const pooled = stride > 1 ? places * channels : 0;
    return {
      ...NO_COST,
      parameters: 3 * channels ** 2 + (offsets * channels) / heads,
      macs: places * channels * (3 * channels + 2 * places + offsets),
      // The sums with the two terms of positions, the softmax, the pooling.
      macsElementwise: places ** 2 * heads * (position === 'relative' ? 3 : 1) + pooled,
      innerActivations: places * 3 * channels + places ** 2 * heads + pooled,
    };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }
}
serialization.registerClass(GlobalSelfAttention);

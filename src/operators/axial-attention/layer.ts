import {
  add,
  serialization,
  type LayerShape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../engine/tf.js';
import { attendWhole, type Axis, type AxialCall, type Term } from './whole.js';
import { attendWindow } from './window.js';
import { BatchNormalization, type BatchNormSettings } from '../../layers/batch-norm.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { convolutionCost, elements, NO_COST, sumCosts, type LayerCost } from '../../layers/cost.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/** Which of query, key and value know their relative position. */
export interface AxialPositions {
  readonly query: boolean;
  readonly key: boolean;
  readonly value: boolean;
}

export interface AxialAttentionOptions extends OperatorOptions {
  readonly axis: Axis;
  /** L: places of the axis. The layer takes maps of this size only. */
  readonly length: number;
  /** m: keys of a place, those around it, where the axis is longer than that; null: the whole axis. */
  readonly span?: number | null;
  /** Tables hold the offsets of spans up to this one, 2·tableSpan − 1 entries; null: those that `span` needs. */
  readonly tableSpan?: number | null;
  /** Heads; twice as many divide the channels. */
  readonly heads: number;
  readonly positions: AxialPositions;
  readonly stride?: number;
  readonly batchNorm: BatchNormSettings;
}

type Table = keyof AxialPositions;

/**
 * Position-sensitive axial attention (Wang et al. 2020, "Axial-DeepLab", section 3.2, equation 4) along one axis:
 * [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C], y_i = Σ_j softmax_j(q_i·k_j + q_i·r^q + k_j·r^k)(v_j + r^v), the offset's r from
 * tables that the heads share. Batch norm follows the projection, each term of the logits (in the place of a
 * scale) and each of the two sums, as in the authors' code. A stride averages s×s places of the result.
 *
 * Weights: `qkv_kernel` [1,1,C,2C], normal of deviation C^−½, tables `query_table`, `key_table` [T,C/2G] and
 * `value_table` [T,C/G], normal of deviation (C/G)^−½, and batch norms `qkv_`, `query_key_`, `query_position_`,
 * `key_position_` over the heads, `value_`, `value_position_` over the channels.
 */
export class AxialAttention extends OperatorLayer {
  static className = 'AxialAttention';
  readonly #options: Required<AxialAttentionOptions>;
  #projection: LayerWeight | undefined;
  readonly #tables = new Map<Table, LayerWeight>();
  readonly #norms = new Map<string, BatchNormalization>();

  constructor(options: AxialAttentionOptions) {
    super(options);
    this.#options = { span: null, tableSpan: null, stride: 1, ...options };
    const { span, length, tableSpan } = this.#options;
    if (this.#isLocal && span! % 2 !== 1) {
      throw this.refuse(
        `a span shorter than its axis (${length} places) must be odd, not ${span}`,
        `${span! + 1} or ${span! - 1}, or null for the whole axis`,
      );
    }
    const needed = this.#isLocal ? (span! + 1) / 2 : length;
    if (tableSpan !== null && tableSpan < needed) {
      throw this.refuse(
        `a table for spans up to ${tableSpan} does not reach over ${this.#isLocal ? 'a window' : 'an axis'} of ${this.#keys} places`,
        `a tableSpan of at least ${needed}, or null`,
      );
    }
  }

  override get stride(): number {
    return this.#options.stride;
  }

  /** Over the whole axis there is nothing to spread; a span stays as it is (Axial-DeepLab, section 4). */
  override dilated(): AxialAttention {
    return new AxialAttention({ ...this.#options, stride: 1 });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { axis, length, heads, stride } = this.#options;
    const given = axis === 'height' ? height : width;
    if (given !== length) {
      throw this.refuse(
        `was made for a ${axis} of ${length} places, its tables fit no other; the map has ${given}`,
        `maps of ${axis} ${length}: the data.inputSize that the network was made for`,
      );
    }
    if (channels! % (2 * heads) !== 0) {
      const fits = [1, 2, 4, 8, 16].filter((g) => channels! % (2 * g) === 0);
      throw this.refuse(
        `twice the heads must divide the channels: 2·${heads} into ${channels}`,
        fits.length > 0 ? `heads ${fits.join(', ')}` : 'an even number of channels',
      );
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const { heads, batchNorm } = this.#options;
    const channels = channelsOf(shape);
    const perHead = channels / heads;
    const norm = (name: string, width: number): void =>
      void this.#norms.set(name, new BatchNormalization(this, `${name}_`, width, batchNorm, 'none'));
    // Normal of deviation √(2/fanOut): C^−½ and (C/G)^−½.
    const projecting = { kind: 'he-normal', fanOut: 2 * channels } as const;
    this.#projection = makeWeight(this, 'qkv_kernel', [1, 1, channels, 2 * channels], projecting, 'kernel');
    norm('qkv', 2 * channels);
    for (const table of this.#used) {
      const width = table === 'value' ? perHead : perHead / 2;
      const distribution = { kind: 'he-normal', fanOut: 2 * perHead } as const;
      const weight = makeWeight(this, `${table}_table`, [this.#entries, width], distribution, 'position');
      this.#tables.set(table, weight);
    }
    for (const term of this.#terms) norm(term, heads);
    for (const sum of this.#sums) norm(sum, channels);
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], options: CallOptions): Tensor {
    const { axis, heads, span, stride } = this.#options;
    const apply = (name: string, from: Tensor): Tensor => this.#norms.get(name)!.apply(from, options);
    const table = (name: Table) => this.#tables.get(name)?.read() as Tensor2D | undefined;
    const projected = convolve(x as Tensor4D, this.#projection!.read() as Tensor4D, undefined, 1);
    const call: AxialCall = {
      axis,
      heads,
      normalise: apply,
      observe: options.observe,
      z: apply('qkv', projected) as Tensor4D,
      tables: { query: table('query'), key: table('key'), value: table('value') },
    };
    const { values, positions } = this.#isLocal ? attendWindow(call, span!) : attendWhole(call);
    let y = apply('value', values);
    if (positions) y = add(y, apply('value_position', positions));
    return stride > 1 ? averagePool(y as Tensor4D, stride) : y;
  }

  /** Projection 2C² and, for each key, C/2 a term of the logits and C a sum, at each place before the stride. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    const { heads, stride } = this.#options;
    const channels = channelsOf(shape);
    const places = elements(shape) / channels;
    const pairs = places * this.#keys;
    const [terms, sums] = [this.#terms.length, this.#sums.length];
    const tables = this.#used.reduce(
      (width, table) => width + (table === 'value' ? channels : channels / 2) / heads,
      0,
    );
    return sumCosts([
      convolutionCost(places, 1, channels, 2 * channels, false),
      BatchNormalization.cost(places, 2 * channels, 'none'),
      ...this.#terms.map(() => BatchNormalization.cost(pairs, heads, 'none')),
      ...this.#sums.map(() => BatchNormalization.cost(places, channels, 'none')),
      {
        ...NO_COST,
        parameters: this.#entries * tables,
        macs: pairs * (terms * (channels / 2) + sums * channels),
        // The sums of the terms, softmax, the sum of the two sums, and the mean.
        macsElementwise: pairs * heads * terms + places * channels * (sums - 1 + (stride > 1 ? 1 : 0)),
        innerActivations: places * channels * (4 + 2 * sums) + pairs * heads * (2 * terms + 1),
      },
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    const { batchNorm, positions } = this.#options;
    return {
      ...super.getConfig(),
      ...this.#options,
      batchNorm: { ...batchNorm },
      positions: { ...positions },
    };
  }

  get #isLocal(): boolean {
    const { span, length } = this.#options;
    return span !== null && span < length;
  }

  /** Keys of a place. */
  get #keys(): number {
    return this.#isLocal ? this.#options.span! : this.#options.length;
  }

  /** 2m − 1 entries of a table, also where a window of m uses those in the middle only. */
  get #entries(): number {
    const { tableSpan, span, length } = this.#options;
    return 2 * (tableSpan ?? span ?? length) - 1;
  }

  get #used(): readonly Table[] {
    const { positions } = this.#options;
    return (['query', 'key', 'value'] as const).filter((table) => positions[table]);
  }

  get #terms(): readonly Term[] {
    const { query, key } = this.#options.positions;
    return [
      'query_key',
      ...(query ? ['query_position' as const] : []),
      ...(key ? ['key_position' as const] : []),
    ];
  }

  get #sums(): readonly string[] {
    return this.#options.positions.value ? ['value', 'value_position'] : ['value'];
  }
}
serialization.registerClass(AxialAttention);

import { neighbourhoodProduct } from '../../engine/kernels/involution.js';
import {
  add,
  concat,
  matMul,
  maxPool,
  mul,
  reshape,
  serialization,
  softmax,
  transpose,
  type LayerShape,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../engine/tf.js';
import { convolve } from '../../layers/convolution.js';
import { elements, NO_COST, type LayerCost } from '../../layers/cost.js';
import type { Observe, WindowWeights } from '../../layers/observation.js';
import { attend, divisorsNear } from '../neighbourhood.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/** Side of a block. */
const SIDE = 4;
const PIXELS = SIDE ** 2;
/** A window that from every pixel of a block sees all of it. */
const WINDOW = { kernelSize: 2 * SIDE - 1, stride: 1, dilation: 1 } as const;

export interface AttentionStemOptions extends OperatorOptions {
  readonly filters: number;
  /** N, divides the filters. */
  readonly heads: number;
  /** M: value matrices that are mixed at each place of a block. */
  readonly mixtures: number;
  /** Length of the embeddings by which they are mixed. */
  readonly embedding: number;
}

/**
 * The stem of the full attention network (Ramachandran et al. 2019, section 3.2 and appendix): in each 4×4 block of
 * the image every pixel attends to all pixels of the block, by q·k alone; values know where in the block they are,
 * ṽ_ab = Σ_m p(a,b,m)·W_V^m x_ab with p(a,b,·) = softmax_m((row_a + column_b)·ν_m), shared by the heads.
 * [B,H,W,C] → [B,H/4,W/4,16,filters], the pixels of a block on an axis of their own, row by row.
 *
 * Weights: `query_kernel`, `key_kernel` [1,1,C,F], `value_kernel` [1,1,M·C,F] (mixture-major), truncated normal of
 * deviation C^−½; `row_embedding`, `column_embedding` [4,L] and `mixture_embedding` [L,M], normal of deviation L^−½.
 */
export class AttentionStem extends OperatorLayer {
  static className = 'AttentionStem';
  readonly #options: AttentionStemOptions;
  #query: LayerWeight | undefined;
  #key: LayerWeight | undefined;
  #value: LayerWeight | undefined;
  #rows: LayerWeight | undefined;
  #columns: LayerWeight | undefined;
  #mixtures: LayerWeight | undefined;

  constructor(options: AttentionStemOptions) {
    super(options);
    this.#options = options;
    const { filters, heads } = options;
    if (filters % heads !== 0) {
      throw this.refuse(
        `heads must divide the channels: ${heads} heads, ${filters} channels`,
        `heads ${divisorsNear(filters, heads)}`,
      );
    }
  }

  override get stride(): number {
    return SIDE;
  }

  override inferShape([[batch, height, width]]: readonly LayerShape[]): LayerShape {
    if (height! % SIDE !== 0 || width! % SIDE !== 0) {
      throw this.refuse(
        `the image must be made of ${SIDE}×${SIDE} blocks, it has ${height}×${width} pixels`,
        `a data.inputSize that is a multiple of ${SIDE}`,
      );
    }
    return [batch, height! / SIDE, width! / SIDE, PIXELS, this.#options.filters];
  }

  override build(shape: LayerShape): void {
    const { filters, mixtures, embedding } = this.#options;
    const channels = channelsOf(shape);
    const projecting = { kind: 'truncated-normal', deviation: channels ** -0.5 } as const;
    const embedded = { kind: 'normal', deviation: embedding ** -0.5 } as const;
    const project = (name: string, from: number): LayerWeight =>
      makeWeight(this, `${name}_kernel`, [1, 1, from, filters], projecting, 'kernel');
    const embed = (name: string, of: readonly number[]): LayerWeight =>
      makeWeight(this, `${name}_embedding`, of, embedded, 'position');
    this.#query = project('query', channels);
    this.#key = project('key', channels);
    this.#value = project('value', mixtures * channels);
    this.#rows = embed('row', [SIDE, embedding]);
    this.#columns = embed('column', [SIDE, embedding]);
    this.#mixtures = embed('mixture', [embedding, mixtures]);
    super.build(shape);
  }

  override compute([x]: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const { filters, heads, mixtures } = this.#options;
    const [batch, height, width, channels] = x.shape;
    const [rows, columns] = [height / SIDE, width / SIDE];
    // Each block an image of its own.
    const blocks = reshape(
      transpose(reshape(x, [batch, rows, SIDE, columns, SIDE, channels]), [0, 1, 3, 2, 4, 5]),
      [batch * rows * columns, SIDE, SIDE, channels],
    ) as Tensor4D;
    const project = (of: Tensor4D, weight: LayerWeight): Tensor4D =>
      convolve(of, weight.read() as Tensor4D, undefined, 1);
    const window = { ...WINDOW, groups: heads };
    const logits = neighbourhoodProduct(project(blocks, this.#query!), project(blocks, this.#key!), window);
    // Σ_m p_m·W^m x = [W¹ … W^M] · (p ⊗ x): the pixel is weighed before the matrices and not what they make of it.
    const weighed = mul(
      reshape(concat(new Array<Tensor4D>(mixtures).fill(blocks), 3), [-1, PIXELS * mixtures * channels]),
      this.#shares(channels),
    );
    const values = project(reshape(weighed, [-1, SIDE, SIDE, mixtures * channels]), this.#value!);
    const observeBlocks: Observe | undefined =
      observe && ((seen) => observe(this.#ofImage(seen as WindowWeights, [rows, columns])));
    return reshape(attend(logits, values, window, { border: 'mask', observe: observeBlocks }), [
      batch,
      rows,
      columns,
      PIXELS,
      filters,
    ]);
  }

  /** Queries, keys and M values, their mixture, 16 products of queries and keys and of weights and values. */
  override cost([shape]: readonly LayerShape[]): LayerCost {
    const { filters, heads, mixtures, embedding } = this.#options;
    const channels = channelsOf(shape);
    const places = elements(shape) / channels;
    return {
      ...NO_COST,
      parameters: (2 + mixtures) * channels * filters + (2 * SIDE + mixtures) * embedding,
      macs: places * filters * ((2 + mixtures) * channels + mixtures + 2 * PIXELS),
      macsElementwise: places * heads * PIXELS,
      innerActivations: places * (3 * filters + mixtures * channels + heads * WINDOW.kernelSize ** 2),
    };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }

  /** Blocks that are images of their own, put together again: the window of a pixel has nothing beyond its block. */
  #ofImage(seen: WindowWeights, [rows, columns]: readonly [number, number]): WindowWeights {
    const taps = seen.groups * seen.kernelSize ** 2;
    const blocks = reshape(seen.weights, [-1, rows, columns, SIDE, SIDE, taps]);
    const weights = reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), [-1, rows * SIDE, columns * SIDE, taps]);
    const mixtures = reshape(this.#mixture(), [SIDE, SIDE, this.#options.mixtures]);
    return { ...seen, weights: weights as Tensor4D, mixtures };
  }

  /** p(a,b,m) for each of `channels` → [16·M·C]. */
  #shares(channels: number): Tensor {
    const { mixtures } = this.#options;
    const repeated = new Array<Tensor>(channels).fill(reshape(this.#mixture(), [PIXELS * mixtures, 1]));
    return reshape(concat(repeated, 1), [PIXELS * mixtures * channels]);
  }

  /** p(a,b,m) → [16,M]. */
  #mixture(): Tensor {
    const { embedding } = this.#options;
    const places = add(
      reshape(this.#rows!.read(), [SIDE, 1, embedding]),
      reshape(this.#columns!.read(), [1, SIDE, embedding]),
    );
    return softmax(matMul(reshape(places, [PIXELS, embedding]), this.#mixtures!.read() as Tensor2D));
  }
}
serialization.registerClass(AttentionStem);

/** The largest value of each block: [B,H,W,16,C] → [B,H,W,C], 4×4 max pooling of what `AttentionStem` puts out. */
export class BlockMaxPooling extends OperatorLayer {
  static className = 'BlockMaxPooling';

  override inferShape([[batch, height, width, , channels]]: readonly LayerShape[]): LayerShape {
    return [batch, height, width, channels];
  }

  override compute([x]: readonly Tensor[]): Tensor {
    const [batch, height, width, , channels] = x.shape;
    const blocks = reshape(x, [batch * height * width, SIDE, SIDE, channels]) as Tensor4D;
    return reshape(maxPool(blocks, SIDE, SIDE, 'valid'), [batch, height, width, channels]);
  }

  override cost([shape]: readonly LayerShape[]): LayerCost {
    return { ...NO_COST, macsElementwise: elements(shape) };
  }
}
serialization.registerClass(BlockMaxPooling);

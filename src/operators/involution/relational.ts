import { callKernel } from '../../engine/kernels/call-kernel.js';
import { Involution, neighbourhoodProduct } from '../../engine/kernels/involution.js';
import {
  add,
  depthwiseConv2d,
  reshape,
  serialization,
  zeros,
  type LayerShape,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';
import { convolve, sameLength } from '../../layers/convolution.js';
import { convolutionCost, elements, NO_COST, sumCosts, type LayerCost } from '../../layers/cost.js';
import { attend, divisorsNear } from '../neighbourhood.js';
import {
  channelsOf,
  OperatorLayer,
  type CallOptions,
  type OperatorOptions,
} from '../../layers/operator-layer.js';
import { averagePool } from '../../layers/pooling.js';
import { makeWeight, type LayerWeight } from '../../layers/weights.js';

/**
 * What an involution's kernel is made from besides the pixel alone: the products of a query with the keys of the
 * neighbourhood, these after a softmax, or the position in the window.
 */
export type KernelRelation = 'query-key' | 'query-key-softmax' | 'position';

export interface RelationalInvolutionOptions extends OperatorOptions {
  readonly generation: KernelRelation;
  /** G: channels of one group share a kernel; divides the channels, and those of queries and keys. */
  readonly groups: number;
  /** r: queries and keys have ⌊C/r⌋ channels. */
  readonly reductionRatio: number;
  /** K, odd. */
  readonly kernelSize: number;
  readonly stride?: number;
  /** Of the window; 1 for `position`. */
  readonly dilation?: number;
}

/**
 * Involution whose kernel-generation function φ sees more than the pixel, or nothing of it (Li et al. 2021, who
 * see in self-attention such an instance): [B,H,W,C] → [B,⌈H/s⌉,⌈W/s⌉,C], Y(i,j) = Σ_uv H(i,j,u,v)·X(i+u,j+v).
 * `query-key`: H = q(i,j)·k(i+u,j+v) for each group; `query-key-softmax`: its softmax over the taps within the map,
 * which with r = 1 is local self-attention whose values are the pixels themselves; `position`: H depends on (u,v)
 * alone, a depthwise convolution whose kernel the channels of a group share. With a stride queries come from the s×s
 * average of the pixels, as involution's kernels do.
 *
 * Weights: `query_kernel`, `key_kernel` [1,1,C,C/r], normal with fan-out scaling; or `position_kernel` [K,K,G].
 */
export class RelationalInvolution extends OperatorLayer {
  static className = 'RelationalInvolution';
  readonly #options: Required<RelationalInvolutionOptions>;
  #query: LayerWeight | undefined;
  #key: LayerWeight | undefined;
  #position: LayerWeight | undefined;

  constructor(options: RelationalInvolutionOptions) {
    super(options);
    this.#options = { stride: 1, dilation: 1, ...options };
    const { generation, kernelSize, dilation } = this.#options;
    this.requireOdd(kernelSize);
    if (generation === 'position' && dilation !== 1) {
      throw this.refuse(`generation position knows no dilation, received ${dilation}`, 'dilation 1');
    }
  }

  override get stride(): number {
    return this.#options.stride;
  }

  override dilated(dilation: number): RelationalInvolution {
    const options = this.#options;
    return new RelationalInvolution({ ...options, stride: 1, dilation: dilation * options.dilation });
  }

  override inferShape([[batch, height, width, channels]]: readonly LayerShape[]): LayerShape {
    const { generation, groups, stride } = this.#options;
    const embedded = generation === 'position' ? channels! : this.#embedded(channels!);
    for (const [count, what, otherwise] of [
      [channels!, 'channels', ''],
      [embedded, 'channels of queries and keys', ', or a smaller reductionRatio'],
    ] as const) {
      if (count % groups !== 0) {
        throw this.refuse(
          `groups must divide the ${what}: ${groups} groups, ${count} ${what}`,
          `groups ${divisorsNear(count, groups)}${otherwise}`,
        );
      }
    }
    return [batch, sameLength(height, stride), sameLength(width, stride), channels];
  }

  override build(shape: LayerShape): void {
    const { generation, groups, kernelSize } = this.#options;
    const channels = channelsOf(shape);
    if (generation === 'position') {
      const fanOut = kernelSize ** 2;
      const of = [kernelSize, kernelSize, groups];
      this.#position = makeWeight(this, 'position_kernel', of, { kind: 'he-normal', fanOut }, 'kernel');
    } else {
      const fanOut = this.#embedded(channels);
      const embed = (name: string): LayerWeight =>
        makeWeight(this, `${name}_kernel`, [1, 1, channels, fanOut], { kind: 'he-normal', fanOut }, 'kernel');
      this.#query = embed('query');
      this.#key = embed('key');
    }
    super.build(shape);
  }

  override compute([input]: readonly Tensor[], { observe }: CallOptions = {}): Tensor {
    const { generation, groups, kernelSize, stride, dilation } = this.#options;
    const x = input as Tensor4D;
    if (this.#position) {
      const filter = this.#filter(x.shape[3]);
      return depthwiseConv2d(x, filter, stride, (kernelSize - 1) / 2);
    }
    const window = { kernelSize, groups, stride, dilation };
    const seen = stride > 1 ? averagePool(x, stride) : x;
    const query = convolve(seen, this.#query!.read() as Tensor4D, undefined, 1);
    const key = convolve(x, this.#key!.read() as Tensor4D, undefined, 1);
    const products = neighbourhoodProduct(query, key, window);
    if (generation === 'query-key-softmax') return attend(products, x, window, { border: 'mask', observe });
    observe?.({ kind: 'kernels', reach: 'window', weights: products, mirrored: false, ...window });
    return callKernel(Involution, { x, kernel: products }, window);
  }

  /** Queries, keys and their products, C/r a place each and the last for each tap; the sum is K²·C a place. */
  override cost(inputs: readonly LayerShape[]): LayerCost {
    const { generation, groups, kernelSize, stride } = this.#options;
    const channels = channelsOf(inputs[0]);
    const taps = kernelSize ** 2;
    const seen = elements(inputs[0]) / channels;
    const places = elements(this.inferShape(inputs)) / channels;
    const sum = { ...NO_COST, macs: places * taps * channels };
    if (generation === 'position') return { ...sum, parameters: taps * groups };
    const embedded = this.#embedded(channels);
    return sumCosts([
      sum,
      convolutionCost(places, 1, channels, embedded, false),
      convolutionCost(seen, 1, channels, embedded, false),
      {
        macs: places * taps * embedded,
        macsElementwise:
          (stride > 1 ? elements(inputs[0]) : 0) +
          (generation === 'query-key-softmax' ? places * groups * taps : 0),
        innerActivations: (places + seen) * embedded + places * groups * taps,
      },
    ]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }

  #embedded(channels: number): number {
    return Math.max(1, Math.floor(channels / this.#options.reductionRatio));
  }

  /** The kernel of each group for each of its channels: [K,K,G] → [K,K,C,1]. */
  #filter(channels: number): Tensor4D {
    const { groups, kernelSize } = this.#options;
    const shared = reshape(this.#position!.read(), [kernelSize, kernelSize, groups, 1]);
    const each = add(shared, zeros([1, 1, 1, channels / groups]));
    return reshape(each, [kernelSize, kernelSize, channels, 1]);
  }
}
serialization.registerClass(RelationalInvolution);

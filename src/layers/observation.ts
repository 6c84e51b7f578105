import type { Tensor, Tensor4D } from '../engine/tf.js';

/**
 * What a layer has inside and does not put out, for who looks into it. The tensors are those that the layer goes on
 * with, from the kernels that train; they are freed when its call is over.
 *
 * `kernels`: numbers of any sign, made at each place, that weigh its surroundings. `attention`: the same, and those of a
 * place are not negative and add up to 1. `octave`: the output is one of the two parts of an octave feature map. `gates`: what
 * each channel is multiplied by.
 */
export type Observation = PlaceWeights | OctaveOutput | ChannelGates;

/** Weights that a place of the output gives to places of the input. */
export type PlaceWeights = WindowWeights | MapWeights | AxisWeights;

type WeightKind = 'kernels' | 'attention';

/** Over the K×K window around each place: [B,OH,OW,G·K²], group-major, as the involution kernel takes them. */
export interface WindowWeights {
  readonly kind: WeightKind;
  readonly reach: 'window';
  readonly weights: Tensor4D;
  readonly groups: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  /** Whether the map is mirrored at its border; else what lies beyond is left out, or is zero. */
  readonly mirrored: boolean;
  /** Where what is weighed is itself a mixture of M: the shares by the place within a block of S×S, [S,S,M]. */
  readonly mixtures?: Tensor;
}

/** Over all places of the map: [B·N, H·W, H·W], from place to place, image-major. */
export interface MapWeights {
  readonly kind: WeightKind;
  readonly reach: 'map';
  readonly weights: Tensor;
  readonly groups: number;
  readonly height: number;
  readonly width: number;
}

/** Along a column (height) or a row (width): [B,H,W,N,keys]. */
export interface AxisWeights {
  readonly kind: WeightKind;
  readonly reach: 'axis';
  readonly weights: Tensor;
  readonly groups: number;
  readonly axis: 'height' | 'width';
  /** The keys are those around each place, it in their middle; else all of the axis from its start. */
  readonly around: boolean;
}

export interface OctaveOutput {
  readonly kind: 'octave';
  readonly part: 'high' | 'low';
}

/** A number from 0 to 1 a channel, for all places of an image alike: [B,C]. */
export interface ChannelGates {
  readonly kind: 'gates';
  readonly gates: Tensor;
}

/** What a layer can show of itself. */
export type Shown = Observation['kind'];

/** Told by a layer while it is called. */
export type Observe = (observation: Observation) => void;

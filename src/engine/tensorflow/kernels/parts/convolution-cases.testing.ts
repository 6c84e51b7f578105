import * as tf from '../../../tf-core.js';
import { uniform, type Numbers } from '../testing.js';

export type Shape4D = [number, number, number, number];
type Pad = 'same' | 'valid' | [top: number, bottom: number, left: number, right: number];

/** A dense convolution by a filter of `side`² places, 3² where that is not given, of stride 1 likewise. */
export interface Case {
  readonly x: Shape4D;
  readonly outputs: number;
  readonly side?: number;
  readonly stride?: number;
  readonly pad?: Pad;
}

/** A convolution and its gradients. */
export const NAMES = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'] as const;
type Name = (typeof NAMES)[number];

export function attrsOf({ x, outputs, side = 3, stride = 1, pad = 'same' }: Case) {
  const none = [0, 0];
  const given = typeof pad === 'string' ? pad : [none, pad.slice(0, 2), pad.slice(2), none];
  const filterShape: Shape4D = [side, side, x[3], outputs];
  const strides: [number, number] = [stride, stride];
  return { strides, pad: given, dataFormat: 'NHWC', dilations: 1, inputShape: x, filterShape };
}

export function infoOf(each: Case): tf.backend_util.Conv2DInfo {
  const { filterShape, strides, pad } = attrsOf(each);
  return tf.backend_util.computeConv2DInfo(each.x, filterShape, strides, 1, pad as 'same');
}

export function inputsOf(each: Case): Record<Name, Record<string, Numbers>> {
  const x = uniform(each.x, 1);
  const filter = uniform(attrsOf(each).filterShape, 2);
  const dy = uniform(infoOf(each).outShape, 3);
  return {
    Conv2D: { x, filter },
    Conv2DBackpropInput: { dy, filter },
    Conv2DBackpropFilter: { x, dy },
  };
}

type Operation = (first: tf.Tensor, second: tf.Tensor, info: tf.backend_util.Conv2DInfo) => tf.Tensor;

/** An algorithm of the custom operations: of x and the filter, of dy and the filter, of x and dy. */
export type Algorithm = Readonly<Record<Name, Operation>>;

export interface Computed extends Numbers {
  readonly values: Float32Array;
}

/** What an algorithm makes of a case, however small the map and few the channels. */
export function compute(
  algorithm: Algorithm,
  name: Name,
  each: Case,
  inputs: Readonly<Record<string, Numbers>>,
): Computed {
  return tf.tidy(() => {
    const { x, dy, filter } = Object.fromEntries(
      Object.entries(inputs).map(([key, { shape, values }]) => [key, tf.tensor(values, [...shape])]),
    );
    const operands: Record<Name, [tf.Tensor, tf.Tensor]> = {
      Conv2D: [x, filter],
      Conv2DBackpropInput: [dy, filter],
      Conv2DBackpropFilter: [x, dy],
    };
    const y = algorithm[name](...operands[name], infoOf(each));
    return { shape: y.shape, values: y.dataSync<'float32'>().slice() };
  }) as unknown as Computed;
}

export function bytes(values: Numbers['values']): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

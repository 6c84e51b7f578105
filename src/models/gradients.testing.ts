import { expect } from 'vitest';
import { uniformTensor, valuesOf } from '../engine/testing.js';
import {
  scalar,
  square,
  sum,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor4D,
  type Variable,
} from '../engine/tf.js';
import type { Blueprint } from '../layers/blueprint.js';

/** A network computes on images of `size`, and what it puts out depends on every one of its parameters. */
export function expectAllGradients(net: Blueprint, size: number): void {
  const model = net.build(0, 'net');
  const x = uniformTensor<Tensor4D>([2, size, size, 3], 1);
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const { value, grads } = variableGrads(() => {
    const logits = model.apply(x, { training: true, seed: scalar(1, 'int32') }) as Tensor;
    return sum<Scalar>(square(logits));
  }, variables);
  expect(Number.isFinite(value.dataSync()[0])).toBe(true);
  model.trainableWeights.forEach(({ originalName }, i) => {
    const gradient = valuesOf(grads[variables[i].name]);
    expect(Math.hypot(...gradient), `gradient of ${originalName}`).toBeGreaterThan(0);
  });
}

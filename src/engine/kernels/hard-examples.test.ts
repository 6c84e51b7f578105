import { beforeAll, expect, it } from 'vitest';
import { openReference } from '../testing.js';
import { sum, tensor2d, variable, variableGrads, type Scalar, type Tensor2D } from '../tf.js';
import { callKernel } from './call-kernel.js';
import { HardExamples } from './hard-examples.js';

beforeAll(openReference);

const losses = [
  [0.1, 3, 0.5, 2, 9],
  [4, 4, 4, 1, 0],
];
const weights = [
  [1, 2, 1, 1, 0],
  [1, 1, 1, 1, 1],
];

const kept = (minKept: number, leastLoss = Infinity): number[][] =>
  callKernel(
    HardExamples,
    { losses: tensor2d(losses), weights: tensor2d(weights) },
    { minKept, leastLoss },
  ).arraySync() as number[][];

it('keeps the hardest of each row that count, and all that are as hard as the last of them', () => {
  expect(kept(1)).toEqual([
    [0, 2, 0, 0, 0],
    [1, 1, 1, 0, 0],
  ]);
  expect(kept(3)).toEqual([
    [0, 2, 1, 1, 0],
    [1, 1, 1, 0, 0],
  ]);
});

it('keeps all that are harder than a threshold, and at least so many', () => {
  expect(kept(1, 0.4)).toEqual([
    [0, 2, 1, 1, 0],
    [1, 1, 1, 1, 0],
  ]);
  expect(kept(2, 8)).toEqual([
    [0, 2, 0, 1, 0],
    [1, 1, 1, 0, 0],
  ]);
});

it('keeps all where fewer count than are to be kept, and none where none does', () => {
  expect(kept(5)).toEqual(weights);
  const none = { losses: tensor2d([[1, 2]]), weights: tensor2d([[0, 0]]) };
  expect([...callKernel(HardExamples, none, { minKept: 1, leastLoss: 0 }).dataSync()]).toEqual([0, 0]);
});

it('hands no gradient on to the losses', () => {
  const x = variable(tensor2d(losses));
  const { grads } = variableGrads(
    () =>
      sum(
        callKernel(
          HardExamples,
          { losses: x as unknown as Tensor2D, weights: tensor2d(weights) },
          { minKept: 2, leastLoss: 1 },
        ),
      ) as Scalar,
    [x],
  );
  expect([...grads[x.name].dataSync()].every((value) => value === 0)).toBe(true);
});

import { MirrorPadGrad } from './mirror-pad-grad.js';
import { sample, uniform } from './samples.testing.js';

const CASES = [
  { inputShape: [5], paddings: [[2, 3]] },
  { inputShape: [4, 3], paddings: [[0, 0], [1, 2]] }, // prettier-ignore
  { inputShape: [2, 5, 6, 3], paddings: [[0, 0], [1, 2], [3, 1], [0, 0]] }, // prettier-ignore
] as { inputShape: number[]; paddings: [number, number][] }[];

export const samples = CASES.flatMap(({ inputShape, paddings }) =>
  (['reflect', 'symmetric'] as const).map((mode) => {
    const padded = inputShape.map((length, axis) => length + paddings[axis][0] + paddings[axis][1]);
    return sample(MirrorPadGrad, { dy: uniform(padded) }, { paddings, mode, inputShape });
  }),
);

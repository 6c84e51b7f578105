import { NeighbourhoodSoftmax, NeighbourhoodSoftmaxGrad } from './neighbourhood-softmax.js';
import { sample, uniform } from './samples.testing.js';

const CASES = [
  { kernelSize: 3, groups: 3, stride: 1, dilation: 1, height: 9, width: 11 },
  { kernelSize: 7, groups: 2, stride: 2, dilation: 1, height: 10, width: 7 },
  { kernelSize: 5, groups: 5, stride: 3, dilation: 3, height: 11, width: 8 },
];

export const samples = CASES.flatMap((window) =>
  [true, false].flatMap((mask) => {
    const { kernelSize, groups, stride, height, width } = window;
    const shape = [2, Math.ceil(height / stride), Math.ceil(width / stride), groups * kernelSize ** 2];
    return [
      sample(NeighbourhoodSoftmax, { logits: uniform(shape, 1, -6, 6) }, { ...window, mask }),
      sample(
        NeighbourhoodSoftmaxGrad,
        { dy: uniform(shape, 2), y: uniform(shape, 3, 0, 0.2) },
        { ...window, mask },
      ),
    ];
  }),
);

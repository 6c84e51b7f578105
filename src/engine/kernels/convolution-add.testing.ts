import { ConvolutionAdd } from './convolution-add.js';
import { sample, uniform } from './samples.testing.js';

const CASES = [
  { shape: [2, 11, 9, 12], window: [3, 3], filters: 20 },
  { shape: [2, 7, 6, 5], window: [1, 3], filters: 6 },
  { shape: [3, 7, 5, 3], window: [1, 1], filters: 10 },
];

export const samples = CASES.flatMap(({ shape, window, filters }) =>
  ([1, 2] as const).map((repeat) => {
    const [batch, height, width, channels] = shape;
    const x = uniform(shape, 1);
    const filter = uniform([...window, channels, filters], 2);
    const addend = uniform([batch, Math.ceil(height / repeat), Math.ceil(width / repeat), filters], 3);
    return sample(ConvolutionAdd, { x, filter, addend }, { repeat });
  }),
);

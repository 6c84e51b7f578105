import {
  DilatedConvolution,
  DilatedConvolutionFilterGrad,
  DilatedConvolutionInputGrad,
} from './dilated-convolution.js';
import { sample, uniform } from './samples.testing.js';

/** Sizes that the dilation divides and does not, a map smaller than the window, windows of all kinds. */
const CASES = [
  { input: [2, 8, 6, 5], window: [3, 3], filters: 7, dilation: 2 },
  { input: [1, 9, 7, 8], window: [3, 3], filters: 4, dilation: 4 },
  { input: [2, 7, 10, 3], window: [1, 5], filters: 6, dilation: 3 },
  { input: [1, 3, 2, 4], window: [3, 3], filters: 4, dilation: 4 },
  { input: [2, 6, 5, 17], window: [5, 5], filters: 3, dilation: 2 },
  { input: [1, 6, 6, 16], window: [3, 3], filters: 16, dilation: 1 },
] as const;

export const samples = CASES.flatMap(({ input, window: [height, width], filters, dilation }) =>
  [false, true].flatMap((depthwise) => {
    const channels = input[3];
    const x = uniform(input, 1);
    const filter = uniform([height, width, channels, depthwise ? 1 : filters], 2);
    const dy = uniform([...input.slice(0, 3), depthwise ? channels : filters], 3);
    const attrs = { dilation, depthwise };
    return [
      sample(DilatedConvolution, { x, filter }, attrs),
      sample(DilatedConvolutionInputGrad, { dy, filter }, attrs),
      sample(DilatedConvolutionFilterGrad, { x, dy }, { ...attrs, height, width }),
    ];
  }),
);

import {
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  outputLength,
  type InvolutionAttrs,
} from './involution.js';
import { sample, uniform } from './samples.testing.js';

const CASES = [
  { x: [2, 9, 7, 32], kernelSize: 7, groups: 4, stride: 1, dilation: 1 },
  { x: [2, 8, 9, 12], kernelSize: 3, groups: 3, stride: 2, dilation: 1 },
  { x: [1, 11, 10, 24], kernelSize: 5, groups: 3, stride: 3, dilation: 2 },
  { x: [1, 6, 7, 6], kernelSize: 3, groups: 6, stride: 1, dilation: 1 },
  { x: [2, 9, 8, 19], kernelSize: 7, groups: 19, stride: 1, dilation: 1 },
  { x: [2, 6, 6, 16], kernelSize: 1, groups: 4, stride: 1, dilation: 1 },
  { x: [1, 1, 1, 5], kernelSize: 7, groups: 1, stride: 1, dilation: 1 },
  { x: [2, 22, 10, 12], kernelSize: 7, groups: 3, stride: 1, dilation: 1, padding: 'valid' },
  { x: [1, 12, 11, 6], kernelSize: 5, groups: 6, stride: 1, dilation: 1, padding: 'valid' },
  { x: [2, 11, 12, 8], kernelSize: 3, groups: 2, stride: 2, dilation: 2, padding: 'valid' },
  { x: [1, 13, 12, 5], kernelSize: 9, groups: 1, stride: 1, dilation: 1, padding: 'valid' },
  { x: [1, 7, 7, 3], kernelSize: 7, groups: 3, stride: 1, dilation: 1, padding: 'valid' },
] as const;

export const samples = CASES.flatMap(({ x: shape, ...window }) => {
  const attrs: InvolutionAttrs = window;
  const [batch, height, width, channels] = shape;
  const out = [batch, outputLength(height, attrs), outputLength(width, attrs)];
  const x = uniform(shape, 1);
  const kernel = uniform([...out, attrs.groups * attrs.kernelSize ** 2], 2);
  const dy = uniform([...out, channels], 3);
  return [
    sample(Involution, { x, kernel }, attrs),
    sample(InvolutionBackpropInput, { dy, kernel }, { ...attrs, inputShape: shape }),
    sample(InvolutionBackpropKernel, { dy, x }, attrs),
  ];
});

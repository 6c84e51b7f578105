import { ChannelScale, ChannelScaleGrad } from './channel-scale.js';
import { sample, uniform } from './samples.testing.js';

const SHAPES = [
  [3, 5, 7, 40],
  [1, 60, 50, 33],
  [3, 1, 1, 5],
];

export const samples = SHAPES.flatMap((shape) => {
  const x = uniform(shape, 1);
  const scale = uniform([shape[0], shape[3]], 2);
  return [sample(ChannelScale, { x, scale }), sample(ChannelScaleGrad, { dy: uniform(shape, 3), x, scale })];
});

import { sample, uniform } from '../samples.testing.js';
import { Swish, SwishGrad } from './swish.js';

const extreme = [-200, -100, -88, -87, -20, -1e-30, 0, 1e-30, 20, 87, 88, 100];

export const samples = [
  ...[[7], [3, 5, 7, 9], [2, 130, 130, 3]].map((shape) => uniform(shape, 1, -9, 9)),
  { shape: [extreme.length], values: Float32Array.from(extreme) },
].flatMap((x) => [sample(Swish, { x }), sample(SwishGrad, { dy: uniform(x.shape, 2), x })]);

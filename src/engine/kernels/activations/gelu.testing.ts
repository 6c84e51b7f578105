import { Gelu, GeluGrad } from './gelu.js';
import { sample, uniform } from '../samples.testing.js';

const extreme = [-1e20, -200, -14, -13, -6, -1e-30, 0, 1e-30, 3, 6, 13, 200, 1e20];

export const samples = [
  ...[[7], [3, 5, 7, 9], [2, 130, 130, 3]].map((shape) => uniform(shape, 1, -6, 6)),
  { shape: [extreme.length], values: Float32Array.from(extreme) },
].flatMap((x) => [sample(Gelu, { x }), sample(GeluGrad, { dy: uniform(x.shape, 2), x })]);

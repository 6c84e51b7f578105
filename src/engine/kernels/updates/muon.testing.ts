import { sample, scalar, uniform } from '../samples.testing.js';
import { MuonUpdate } from './muon.js';

/** Shapes, and how many outputs they have: wide and tall matrices, one row, a depthwise kernel, a large one. */
const SHAPES = [
  [[4, 9], 9],
  [[3, 3, 5, 7], 7],
  [[1, 1, 5, 1], 1],
  [[3, 3, 24, 1], 24],
  [[2, 130], 130],
  [[3, 3, 20, 100], 100],
] as const;

export const samples = SHAPES.flatMap(([shape, outputs]) =>
  [
    [true, false],
    [false, false],
    [true, true],
  ].map(([nesterov, fixedNorm]) =>
    sample(
      MuonUpdate,
      {
        parameter: uniform(shape, 1),
        gradient: uniform(shape, 2),
        momentum: uniform(shape, 3),
        learningRate: scalar(0.02),
      },
      { momentum: 0.95, nesterov, weightDecay: nesterov ? 0.1 : 0, outputs, steps: 5, fixedNorm },
    ),
  ),
);

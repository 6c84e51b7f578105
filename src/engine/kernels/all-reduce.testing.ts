import { AllReduceMean, AllReduceMoments } from './all-reduce.js';
import { sample, uniform } from './samples.testing.js';

export const samples = [1, 5, 16].flatMap((channels) =>
  [1, 24].flatMap((places) => [
    sample(
      AllReduceMoments,
      { mean: uniform([channels], 1), variance: uniform([channels], 2, 0, 2) },
      { places },
    ),
    sample(AllReduceMean, { a: uniform([channels], 3), b: uniform([channels], 4) }, { places }),
  ]),
);

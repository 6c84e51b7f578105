import { constant } from './constant.js';
import { cosine } from './cosine.js';
import { exponential } from './exponential.js';
import { inverseSqrt } from './inverse-sqrt.js';
import { oneCycle } from './one-cycle.js';
import { plateau } from './plateau.js';
import { polynomial } from './polynomial.js';
import { step } from './step.js';

/** Every schedule. */
export const schedules = [
  constant,
  plateau,
  step,
  cosine,
  oneCycle,
  polynomial,
  inverseSqrt,
  exponential,
] as const;

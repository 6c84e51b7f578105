import { SigmoidGradient } from '../../kernels.js';
import { pairwise } from './parts/values.js';

export const sigmoidGradient = pairwise(SigmoidGradient, 'sigmoidGrad', 'y');

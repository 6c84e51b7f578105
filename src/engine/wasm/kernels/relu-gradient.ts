import { ReluGradient } from '../../kernels.js';
import { pairwise } from './parts/values.js';

export const reluGradient = pairwise(ReluGradient, 'reluGrad', 'y');

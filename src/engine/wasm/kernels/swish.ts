import { Swish, SwishGrad } from '../../kernels.js';
import { pairwise, unary } from './parts/values.js';

export const swish = unary(Swish, 'swish');

export const swishGrad = pairwise(SwishGrad, 'swishGrad', 'x');

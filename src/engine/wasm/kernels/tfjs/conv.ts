import { Conv2D, Conv2DBackpropFilter, Conv2DBackpropInput, FusedConv2D } from '../../../tf-core.js';
import { isFloat, kernel } from '../kernel.js';
import { convInfoOf } from '../parts/conv-info.js';
import { backwardFilter } from '../parts/convolve-filter-grad.js';
import { backwardInput, forward } from '../parts/convolve.js';

export const convKernels = [
  kernel(Conv2D, (backend, { x, filter }, attrs) => {
    const info = isFloat(x, filter) ? convInfoOf(attrs, x.shape, filter.shape) : undefined;
    return info && forward(backend, x, filter, info);
  }),
  kernel(FusedConv2D, (backend, { x, filter, bias, preluActivationWeights }, attrs) => {
    const isFast = attrs.activation === 'linear' || attrs.activation === 'relu';
    if (!isFast || preluActivationWeights || !isFloat(x, filter, bias)) return undefined;
    if (bias && bias.shape[bias.shape.length - 1] !== filter.shape[3]) return undefined;
    const info = convInfoOf(attrs, x.shape, filter.shape);
    const finish = { bias: bias && backend.pointer(bias), relu: attrs.activation === 'relu' };
    return info && forward(backend, x, filter, info, finish);
  }),
  kernel(Conv2DBackpropInput, (backend, { dy, filter }, attrs) => {
    const info = isFloat(dy, filter)
      ? convInfoOf(attrs, attrs.inputShape as number[], filter.shape)
      : undefined;
    return info && backwardInput(backend, dy, filter, info);
  }),
  kernel(Conv2DBackpropFilter, (backend, { x, dy }, attrs) => {
    const info = isFloat(x, dy) ? convInfoOf(attrs, x.shape, attrs.filterShape as number[]) : undefined;
    return info && backwardFilter(backend, x, dy, info);
  }),
];

import { badInput } from '../../util/errors.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { groupCount } from '../groups.js';
import type { Operator } from '../operator.js';
import { Involution } from './layer.js';
import type { InvolutionConfig } from './options.js';
import { RelationalInvolution } from './relational.js';

/** Involution by the pixel, or by what else a kernel may be made from. */
export const involution: Operator<InvolutionConfig> = {
  canStride: true,
  shows: ['kernels', 'attention'],
  place: (net, x, options, place) => {
    const { generation, generator, reductionRatio, kernelSize, dilation, initialization, kernelBound } =
      options;
    const { name, stride, batchNorm } = place;
    const groups = groupCount(channelsOf(x.shape), options.groups, place);
    const shared = { name, groups, reductionRatio, kernelSize, stride, dilation };
    if (generation !== 'pixel' && kernelBound !== 'none') {
      throw badInput('E_LAYER_OPTIONS', {
        what: `layer ${name}: kernelBound ${kernelBound} is for generation pixel, not for ${generation}`,
        where: 'model',
        try: 'kernelBound none, or generation pixel',
      });
    }
    const layer =
      generation === 'pixel'
        ? new Involution({ ...shared, generator, initialization, kernelBound, batchNorm })
        : new RelationalInvolution({ ...shared, generation });
    return net.add(layer, x);
  },
  published: { involution: {}, 'involution-linear': { generator: 'linear' } },
  variants: {
    'involution-3': { kernelSize: 3 },
    'involution-dilated': { dilation: 2 },
    'involution-tanh': { kernelBound: 'tanh' },
    'involution-l2': { kernelBound: 'l2' },
    'involution-query-key': { generation: 'query-key' },
    'involution-query-key-softmax': { generation: 'query-key-softmax' },
    'involution-position': { generation: 'position' },
  },
};

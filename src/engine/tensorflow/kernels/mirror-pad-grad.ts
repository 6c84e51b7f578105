import { MirrorPadGrad } from '../../kernels/mirror-pad-grad.js';
import { tensor2d } from '../../tf-core.js';
import { attr } from '../attributes.js';
import { tensorflowKernel } from './kernel.js';
import { call } from './stock.js';

export const mirrorPadGrad = tensorflowKernel(MirrorPadGrad, ({ dy }, { paddings, mode }) =>
  call(
    'MirrorPadGrad',
    { T: attr.type('float32'), Tpaddings: attr.type('int32'), mode: attr.text(mode.toUpperCase()) },
    dy,
    tensor2d(paddings.flat(), [paddings.length, 2], 'int32'),
  ),
);

import type { Operator } from '../operator.js';
import { octaveOnTensor } from './octave.js';
import type { OctConvConfig } from './options.js';
import { octaveShare } from './share.js';

/** Octave convolution on one tensor, whose last channels it keeps at half the resolution. */
export const octconv: Operator<OctConvConfig> = {
  canDilate: false,
  canStride: true,
  shows: ['octave'],
  place: octaveOnTensor,
  share: (options) => octaveShare(options, options.kind),
  variants: {
    'octconv-0.25': { alpha: 0.25 },
    'octconv-groups-4': { groups: 4 },
    'octconv-depthwise': { kind: 'depthwise' },
    'octconv-separable': { kind: 'separable' },
  },
};

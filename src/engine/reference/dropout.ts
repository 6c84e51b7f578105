import { mix32, uniformAt } from '../../util/random.js';
import { SeededDropout, type SeededDropoutAttrs } from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

/** Inverted dropout whose mask is a function of the fed seed, the layer's stream and the index. */
export const dropoutKernels = [
  plainKernel<SeededDropoutAttrs>(SeededDropout, ({ inputs, attrs, values, output }) => {
    const x = values('x');
    const key = mix32(values('seed')[0] ^ mix32(attrs.stream));
    const rate = Math.fround(attrs.rate);
    const factor = Math.fround(1 / (1 - rate));
    const unit = attrs.perSample ? x.length / inputs.x.shape[0] : 1;
    return output(
      inputs.x.shape,
      Float32Array.from(x, (value, i) => (uniformAt(key, Math.floor(i / unit)) >= rate ? value * factor : 0)),
    );
  }),
];

import { keras } from '../conventions.js';
import type { ForeignNames, ModuleOf } from '../foreign-names.js';

/**
 * Names in Keras's manner: `<layer>/kernel`, `gamma`, `beta`, `moving_mean`, `moving_variance`. Of a separable convolution
 * `moduleOf` gives the layer and the half, `block2_sepconv1/depthwise`, which Keras writes as `…/depthwise_kernel`.
 */
export function kerasNames(moduleOf: ModuleOf, ignores = /^$/): ForeignNames {
  return {
    title: 'Keras',
    convention: keras,
    ignores,
    nameOf: ({ layer, part }) => {
      const [, inner = '', kind] = /^(?:(.+)_)?(kernel|bias)$/.exec(part) ?? [undefined, '', part];
      const module = moduleOf(layer, inner);
      if (module === undefined) return undefined;
      return module.includes('/') ? `${module}_${kind}` : `${module}/${kind}`;
    },
  };
}

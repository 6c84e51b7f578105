import { torch, type Convention } from './conventions.js';
import type { OwnWeight } from './own-weights.js';

/** What others call the weights of a network that is ours too. */
export interface ForeignNames {
  /** Whose: `timm`. */
  readonly title: string;
  readonly convention: Convention;
  /** Undefined: they have no such weight. */
  readonly nameOf: (weight: OwnWeight) => string | undefined;
  /** What their files have beside, and nobody needs. */
  readonly ignores: RegExp;
  /**
   * Of a weight that they have and our network has not: the number it must be throughout for both to be the same;
   * undefined where it is no such weight.
   */
  readonly constantOf?: (name: string) => number | undefined;
}

/** Of our layer what PyTorch code calls the module, by the part of an operator where that has several. */
export type ModuleOf = (layer: string, part: string) => string | undefined;

/** PyTorch's names of the parts of a layer. */
const PARTS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** Names of modules in PyTorch's manner: `<module>.weight`, `.bias`, `.running_mean`, `.running_var`. */
export function torchNames(
  title: string,
  moduleOf: ModuleOf,
  rest: Partial<Pick<ForeignNames, 'ignores' | 'constantOf'>> = {},
): ForeignNames {
  return {
    title,
    convention: torch,
    ignores: /\.num_batches_tracked$/,
    ...rest,
    nameOf: ({ layer, part }) => {
      // `reduce_kernel` of squeeze-and-excitation is the kernel of its part `reduce`.
      const [, inner = '', kind] = /^(?:(.+)_)?(kernel|bias)$/.exec(part) ?? [undefined, '', part];
      const module = moduleOf(layer, inner);
      return module !== undefined && kind in PARTS ? `${module}.${PARTS[kind]}` : undefined;
    },
  };
}

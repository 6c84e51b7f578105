import { torchNames, type ForeignNames, type ModuleOf } from '../foreign-names.js';

/** By their place in the stem, where pooling has places too. */
const STEM: Readonly<Record<string, string>> = {
  ...{ 1: 'Conv2d_1a_3x3', 2: 'Conv2d_2a_3x3', 3: 'Conv2d_2b_3x3' },
  ...{ 5: 'Conv2d_3b_1x1', 6: 'Conv2d_4a_3x3' },
};
const MODULES = ['5b', '5c', '5d', '6a', '6b', '6c', '6d', '6e', '7a', '7b', '7c'];

const numbered = (stem: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${stem}_${i + 1}`);
/** Convolutions of the branches in our order; those side by side at a branch's end come last. */
const A = [['branch1x1'], numbered('branch5x5', 2), numbered('branch3x3dbl', 3), ['branch_pool']];
const B = [['branch1x1'], numbered('branch7x7', 3), numbered('branch7x7dbl', 5), ['branch_pool']];
const C = [
  ['branch1x1'],
  ['branch3x3_1', 'branch3x3_2a', 'branch3x3_2b'],
  ['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3a', 'branch3x3dbl_3b'],
  ['branch_pool'],
];
const BRANCHES = [
  ...[A, A, A, [['branch3x3'], numbered('branch3x3dbl', 3)]],
  ...[B, B, B, B, [numbered('branch3x3', 2), numbered('branch7x7x3', 4)]],
  ...[C, C],
];

/**
 * torchvision's Inception V3, and timm's after it (`models/inception_v3.py`). Their batch norms have a scale, which is
 * 1 in weights that come from TensorFlow; ours have none. The auxiliary classifier is left out.
 */
export const inceptionV3: ForeignNames = torchNames(
  'timm',
  ((layer) => {
    if (layer === 'head/classifier') return 'fc';
    const found = /^(stem|mixed(\d+)\/branch(\d))\/(?:conv(\d)|fork(\d)\/conv1)(_bn)?$/.exec(layer);
    if (!found) return undefined;
    const [, , module, branch, convolution, fork, norm] = found;
    const suffix = norm === undefined ? 'conv' : 'bn';
    if (module === undefined) return convolution in STEM ? `${STEM[convolution]}.${suffix}` : undefined;
    const names = BRANCHES[Number(module)][Number(branch) - 1];
    const forks = names.filter((name) => /[ab]$/.test(name));
    // The convolution after pooling is the only one of its branch.
    const place = names.length === 1 ? 0 : Number(convolution) - 1;
    const name = fork === undefined ? names[place] : forks[Number(fork) - 1];
    return `Mixed_${MODULES[Number(module)]}.${name}.${suffix}`;
  }) satisfies ModuleOf,
  {
    ignores: /\.num_batches_tracked$|^AuxLogits\./,
    constantOf: (name) => (name.endsWith('.bn.weight') ? 1 : undefined),
  },
);

import { expect, it } from 'vitest';
import { refusalOf } from '../util/refusal.testing.js';
import { design, involution } from '../models/testing.js';
import { namedLayers, operatorsThatShow, usualLayers } from './choose-layers.js';
import type { Node } from '../layers/blueprint.js';

const net = design({ attention: involution('paper'), removeStages: [5, 6, 7, 8] }, 32);
const namesOf = (nodes: readonly Node[]): string[] => nodes.map(({ layer }) => layer!.name);

it('usually draws the last layer of each size of map', () => {
  const aspectOf = ({ layer, shape }: Node) =>
    layer!.getClassName() === 'Involution' ? shape.slice(1, 3).join() : undefined;
  expect(namesOf(usualLayers(net, aspectOf))).toEqual([
    'stage2/block1/involution',
    'stage3/block2/involution',
    'stage4/block2/involution',
  ]);
});

it('takes a layer by its name, and all below a name', () => {
  expect(namesOf(namedLayers(net, ['stage3/block2/involution', 'stem']))).toEqual([
    'stem/conv',
    'stem/bn',
    'stage3/block2/involution',
  ]);
});

it('says of every name that is none what may have been meant', () => {
  expect(
    refusalOf(() => namedLayers(net, ['stge3', 'stage3/block2/involutoin', 'zzzzzzzzzz'])).problems,
  ).toEqual([
    { what: 'the network has no layer stge3', where: '--layers', try: 'did you mean "stage3"?' },
    {
      what: 'the network has no layer stage3/block2/involutoin',
      where: '--layers',
      try: 'did you mean "stage3/block2/involution"?',
    },
    {
      what: 'the network has no layer zzzzzzzzzz',
      where: '--layers',
      try: 'stem, stage2, stage3, stage4, head, or a layer of them',
    },
  ]);
});

it('knows from the declarations which operators show kernels, attention and octave maps', () => {
  expect(operatorsThatShow('kernels')).toEqual(['involution', 'san-patchwise']);
  expect(operatorsThatShow('attention')).toEqual([
    ...[
      'involution',
      'local-attention',
      'local-relation',
      'san-pairwise',
      'axial-attention',
      'global-attention',
    ],
  ]);
  expect(operatorsThatShow('octave')).toEqual(['octconv']);
  expect(operatorsThatShow('gates')).toEqual(['se']);
});

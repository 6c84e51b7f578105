import { expect, it } from 'vitest';
import type { OperatorLayer } from '../layers/operator-layer.js';
import { AxialAttention } from './axial-attention/layer.js';
import { GlobalSelfAttention } from './global-attention/layer.js';
import { LocalSelfAttention } from './local-attention/layer.js';
import { SelfAttentionModule, type SelfAttentionOptions } from './san/layer.js';

const [HEIGHT, WIDTH, CHANNELS] = [4, 6, 8];
const VALUES = HEIGHT * WIDTH * CHANNELS;
const batchNorm = { momentum: 0.9, epsilon: 1e-5 };
const san = {
  name: 'x',
  mapping: 'LRL',
  filters: 8,
  relationChannels: 2,
  share: 4,
  kernelSize: 3,
  batchNorm,
} as const;

/** Attention at the size of the input, of which a stride takes the mean: the pooling reads every value once. */
it.each<[string, boolean, (stride: number) => OperatorLayer]>([
  [
    'local attention',
    true,
    (stride) => new LocalSelfAttention({ name: 'x', heads: 2, kernelSize: 3, stride }),
  ],
  [
    'global attention',
    true,
    (stride) => new GlobalSelfAttention({ name: 'x', heads: 2, height: HEIGHT, width: WIDTH, stride }),
  ],
  [
    'axial attention',
    false,
    (stride) => {
      const positions = { query: true, key: true, value: true };
      return new AxialAttention({
        name: 'x',
        axis: 'height',
        length: HEIGHT,
        heads: 2,
        positions,
        stride,
        batchNorm,
      });
    },
  ],
  ...(['pairwise', 'patchwise'] as const).map(
    (type): [string, boolean, (stride: number) => OperatorLayer] => [
      `self-attention of SAN, ${type}`,
      false,
      (stride) =>
        new SelfAttentionModule({
          ...{
            ...san,
            type,
            relation: type === 'pairwise' ? 'subtraction' : 'concatenation',
            position: true,
            stride,
          },
        } as SelfAttentionOptions),
    ],
  ),
])('%s costs the pooling of its stride beside what it costs without', (_, isKept, make) => {
  const costOf = (stride: number) => make(stride).cost([[null, HEIGHT, WIDTH, CHANNELS]]);
  const plain = costOf(1);
  expect(costOf(2)).toEqual({
    ...plain,
    macsElementwise: plain.macsElementwise + VALUES,
    innerActivations: plain.innerActivations + (isKept ? VALUES : 0),
  });
});

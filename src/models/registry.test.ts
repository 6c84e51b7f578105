import { expect, it } from 'vitest';
import { model as modelSchema } from './options.js';
import { theoreticalShare } from './registry.js';
import type { ModelInput } from './testing.js';

const shareOf = (config: ModelInput) => theoreticalShare(modelSchema.parse(config));

it.each<[ModelInput, object, number | null]>([
  [{ family: 'octconv-article', alpha: 0.5 }, { family: 'octconv-article', alpha: 0 }, 0.4375],
  [{ family: 'octconv-article', alpha: 0.5, kind: 'separable' }, { kind: 'separable', alpha: 0 }, null],
  [{ family: 'wide-resnet', alpha: 0.5 }, { family: 'wide-resnet', alpha: 0 }, 0.4375],
  [
    { family: 'resnet', width: 32, spatial: { type: 'octconv', groups: 2 } },
    { family: 'resnet', width: 32, spatial: { type: 'octconv', alpha: 0, groups: 2 } },
    0.4375,
  ],
  [
    { family: 'efficientnet', attention: { type: 'octconv', kind: 'depthwise', followedBy: 'bn-swish' } },
    { attention: { type: 'octconv', alpha: 0, kind: 'depthwise', followedBy: 'bn-swish' } },
    null,
  ],
])('%j says what theory leaves of it, and which network it is without its idea', (config, plain, macs) => {
  expect(shareOf(config)).toMatchObject({ alpha: 0.5, macs, memory: 0.625, plain });
});

it.each<ModelInput>([
  { family: 'octconv-article', alpha: 0 },
  { family: 'wide-resnet' },
  { family: 'resnet', spatial: { type: 'octconv', alpha: 0 } },
  { family: 'san' },
  { family: 'xception' },
])('of %j theory has no word', (config) => {
  expect(shareOf(config)).toBeUndefined();
});

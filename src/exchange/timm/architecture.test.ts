import { describe, expect, it } from 'vitest';
import { model as modelSchema } from '../../models/options.js';
import type { ModelInput } from '../../models/testing.js';
import { timmNetworkOf } from './architecture.js';

const matchOf = (input: ModelInput, size = 224) => timmNetworkOf(modelSchema.parse(input), size);

describe('timmNetworkOf', () => {
  it.each<[ModelInput, number, object]>([
    [{ family: 'efficientnet', variant: 'b3' }, 300, { architecture: 'tf_efficientnet_b3', epsilon: 1e-3 }],
    [{ family: 'efficientnet' }, 224, { args: { bn_eps: 1e-3, bn_momentum: 0.1 }, classifier: 'classifier' }],
    [{ family: 'resnet', depth: 101 }, 224, { architecture: 'resnet101', args: {} }],
    [{ family: 'resnet', depth: 26 }, 224, { architecture: 'resnet50', args: { layers: [1, 2, 4, 1] } }],
    [
      { family: 'resnet', attention: { type: 'se' }, blocks: [1, 1, 1, 1] },
      224,
      { architecture: 'seresnet50', args: { layers: [1, 1, 1, 1] } },
    ],
    [{ family: 'xception' }, 295, { architecture: 'legacy_xception', epsilon: 1e-5 }],
  ])('%j', (input, size, expected) => {
    expect(matchOf(input, size)).toEqual({ network: expect.objectContaining(expected) as object });
  });

  it.each<[ModelInput, number, string[]]>([
    [
      { family: 'efficientnet', removeStages: [7, 8], attention: { type: 'involution' } },
      224,
      ['model.attention', 'model.removeStages'],
    ],
    [{ family: 'resnet', spatial: { type: 'involution' } }, 224, ['model.spatial']],
    [{ family: 'resnet', stem: 'cifar', width: 16 }, 224, ['model.stem', 'model.width']],
    [{ family: 'xception', order: 'pointwise-first' }, 295, ['model.segments']],
    [{ family: 'xception' }, 299, ['data.inputSize']],
    [{ family: 'inception-v3' }, 299, ['model.family']],
    [{ family: 'wide-resnet' }, 32, ['model.family']],
  ])('%j at %i has none, for every reason', (input, size, places) => {
    const match = matchOf(input, size);
    expect('reasons' in match && match.reasons.map(({ where }) => where)).toEqual(places);
  });

  it('says which maps of Xception are even', () => {
    const match = matchOf({ family: 'xception' }, 299);
    expect('reasons' in match && match.reasons[0].what).toMatch(
      /maps with an even side: 74 at 299×299 images$/,
    );
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { slice, type Tensor, type Tensor4D } from '../engine/tf.js';
import { refusalOf } from '../util/refusal.testing.js';
import { spatialTypes } from '../operators/options.js';
import { model as modelSchema } from './options.js';
import { designFeatures, type Network } from './registry.js';
import { smallestOperator, type ModelInput } from './testing.js';

beforeAll(openReference);

const design = (config: ModelInput, size = 64): Network => designFeatures(modelSchema.parse(config), size);
const resnet = { family: 'resnet', blocks: [1, 2, 1, 2], width: 4 } satisfies ModelInput;

const FAMILIES: readonly ModelInput[] = [
  resnet,
  { family: 'rednet', blocks: [1, 1, 1, 2], width: 32 },
  { family: 'lr-net', blocks: [1, 1, 1, 2], width: 16, outputWidth: 32 },
  { family: 'sasa-resnet', blocks: [1, 1, 1, 2], width: 16 },
  { family: 'efficientnet', attention: { type: 'se' } },
  { family: 'xception', stem: 'imagenet', width: 0.1, middleBlocks: 1 },
  { family: 'inception-v3', stem: 'imagenet', width: 0.1 },
];

describe('an output stride', () => {
  it.each(FAMILIES.flatMap((config) => [8, 16].map((stride) => [config.family, stride, config] as const)))(
    '%s at %i: no map is smaller, and the parameters are the same ones',
    (_, outputStride, config) => {
      const size = config.family === 'inception-v3' ? 128 : 64;
      const plain = design(config, size);
      const { net, features } = design({ ...config, outputStride } as ModelInput, size);
      const { stride, node } = features.maps.at(-1)!;
      expect(stride).toBe(outputStride);
      // Those that pad nothing end a little below.
      expect(Math.abs(node.shape[1]! - size / outputStride)).toBeLessThanOrEqual(size / outputStride / 3);
      expect(net.layerNames).toEqual(plain.net.layerNames);
      expect(net.summary().map(({ parameters }) => parameters)).toEqual(
        plain.net.summary().map(({ parameters }) => parameters),
      );
    },
  );

  it.each(spatialTypes.filter((type) => !['octconv', 'san-pairwise', 'san-patchwise'].includes(type)))(
    '%s has the weights that it has without, and computes',
    (type) => {
      const config = { ...resnet, width: 8, spatial: smallestOperator(type) };
      const weightsOf = ({ net }: Network): string[] =>
        net.build(0, 'small').weights.map(({ originalName }) => originalName);
      const spread = design({ ...config, outputStride: 8 });
      expect(spread.features.last.shape).toEqual([null, 8, 8, 256]);
      const model = spread.net.build(0, 'small');
      expect(model.weights.map(({ originalName }) => originalName)).toEqual(weightsOf(design(config)));
      const y = model.apply(uniformTensor([1, 64, 64, 3], 1)) as Tensor;
      expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
    },
  );

  it('leaves the places of the coarse map as they were: every other one of the finer', () => {
    const config: ModelInput = { ...resnet, blocks: [1, 1, 1, 1] };
    const images = uniformTensor([1, 64, 64, 3], 1);
    const [coarse, fine] = [config, { ...config, outputStride: 16 } as ModelInput].map((each) => {
      const { net } = design(each);
      return net.build(3, 'small').apply(images) as Tensor4D;
    });
    expect(coarse!.shape.slice(1, 3)).toEqual([2, 2]);
    expect(fine!.shape.slice(1, 3)).toEqual([4, 4]);
    for (const [y, x] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) {
      const at = slice(fine!, [0, 2 * y, 2 * x, 0], [1, 1, 1, -1]);
      expectClose(valuesOf(at), valuesOf(slice(coarse!, [0, y, x, 0], [1, 1, 1, -1])), 1e-5);
    } // prettier-ignore
  });

  it.each(['octconv', 'san-pairwise', 'san-patchwise'] as const)('refuses %s', (type) => {
    const refusal = refusalOf(() => design({ ...resnet, width: 8, spatial: { type }, outputStride: 8 }));
    expect(refusal.exitCode).toBe(2);
    expect(refusal.problems).toEqual([
      {
        what: `an output stride spreads the windows of what follows, which ${type} cannot`,
        where: 'model.spatial.type',
        try: '--set model.outputStride=null, or another operator',
      },
    ]);
  });
});

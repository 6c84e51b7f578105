import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor } from '../../engine/testing.js';
import type { Tensor } from '../../engine/tf.js';
import type { Blueprint } from '../../layers/blueprint.js';
import type { SpatialConfig } from '../../operators/options.js';
import { segmentationHead } from '../../tasks/segmentation/head.js';
import { workOfModules } from '../dense.testing.js';
import { model as modelSchema } from '../options.js';
import { designFeatures, type InputSize } from '../registry.js';
import { smallestOperator, type ModelInput } from '../testing.js';

beforeAll(openReference);

function designed(config: ModelInput, size: InputSize, classes = 19): Blueprint {
  const { net, features } = designFeatures(modelSchema.parse(config), size);
  segmentationHead(net, features, classes);
  return net;
}
const rednet50 = (neck: object): ModelInput => ({
  family: 'rednet',
  decoder: { type: 'semantic-fpn', neck },
});
const involution = { spatial: { type: 'involution' } } as const;

describe('RedNet-50 with Semantic FPN at 19 classes', () => {
  // Involution's repository, "Semantic Segmentation on Cityscapes": 18.5 M and 293.9 G with convolutions in the neck,
  // 16.4 M and 205.2 G with involutions. The work is that of a whole image of Cityscapes, 1024×2048, not of a crop.
  it.each([
    ['convolution', {}, 18_463_169, 18.5, 293.9],
    ['involution', involution, 16_372_737, 16.4, 205.2],
  ])('a neck of %s', (_, neck, parameters, millions, giga) => {
    const net = designed(rednet50(neck), [1024, 2048]);
    expect(net.total().parameters).toBe(parameters);
    expect(parameters / 1e6).toBeCloseTo(millions, 1);
    expect(Math.abs(workOfModules(net) / 1e9 / giga - 1)).toBeLessThan(0.005);
    expect(net.nodes.at(-1)!.shape).toEqual([null, 1024, 2048, 19]);
  });

  it('takes a quarter of it for a crop of 512×1024, with the same parameters', () => {
    const [crop, whole] = ([[512, 1024], [1024, 2048]] as const).map((size) =>
      designed(rednet50(involution), size).total(),
    ); // prettier-ignore
    expect(crop!.parameters).toBe(whole!.parameters);
    expect(crop!.macs * 4).toBe(whole!.macs);
  });
});

it('the article’s own: ResNet-50 with a neck of 256 and a head of 128 channels', () => {
  // mmsegmentation's fpn_r50 with a stem of one 7×7 convolution: 28.5 M.
  const net = designed({ family: 'resnet', decoder: { type: 'semantic-fpn' } }, 512);
  expect(net.total().parameters / 1e6).toBeCloseTo(28.5, 1);
});

describe('a pyramid', () => {
  const small = (decoder: object, more: object = {}): ModelInput => ({
    family: 'resnet',
    blocks: [1, 1, 1, 1],
    width: 4,
    ...more,
    decoder: { type: 'semantic-fpn', neck: { channels: 8 }, head: { channels: 8 }, ...decoder },
  });

  it('ends at its finest stride, and takes as many as are asked for', () => {
    const last = (decoder: object, more?: object): unknown =>
      designFeatures(modelSchema.parse(small(decoder, more)), 64).features.maps.at(-1);
    expect(last({})).toMatchObject({ name: 'head', stride: 4, node: { shape: [null, 16, 16, 8] } });
    expect(last({ levels: 2 })).toMatchObject({ stride: 16, node: { shape: [null, 4, 4, 8] } });
    expect(last({}, { stem: 'cifar' })).toMatchObject({ stride: 1, node: { shape: [null, 64, 64, 8] } });
    expect(last({}, { outputStride: 8 })).toMatchObject({ stride: 4, node: { shape: [null, 16, 16, 8] } });
  });

  it.each([[33], [40], [[24, 50]]] as [InputSize][])('of maps of odd sizes: images of %j', (size) => {
    const net = designed(small({}), size, 5);
    const [height, width] = typeof size === 'number' ? [size, size] : size;
    const y = net.build(0, 'small').apply(uniformTensor([2, height, width, 3], 1)) as Tensor;
    expect(y.shape).toEqual([2, height, width, 5]);
    expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
  });

  it.each(['involution', 'octconv', 'local-attention', 'axial-attention', 'san-patchwise'] as const)(
    'of %s in neck and head computes',
    (type: SpatialConfig['type']) => {
      const spatial = smallestOperator(type);
      const config = small({ neck: { channels: 8, spatial }, head: { channels: 8, spatial }, levels: 2 });
      const net = designed(config, 64, 3);
      const y = net.build(0, 'small').apply(uniformTensor([1, 64, 64, 3], 1)) as Tensor;
      expect(y.shape).toEqual([1, 64, 64, 3]);
      expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
    },
  );
});

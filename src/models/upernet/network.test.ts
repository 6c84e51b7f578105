import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor } from '../../engine/testing.js';
import type { Tensor } from '../../engine/tf.js';
import { workOfModules } from '../dense.testing.js';
import { segmentationHead } from '../../tasks/segmentation/head.js';
import { model as modelSchema } from '../options.js';
import { designFeatures, type InputSize } from '../registry.js';
import { smallestOperator, type ModelInput } from '../testing.js';

beforeAll(openReference);

function designed(config: ModelInput, size: InputSize, classes = 19) {
  const { net, features } = designFeatures(modelSchema.parse(config), size);
  segmentationHead(net, features, classes);
  return { net, features };
}

/** A convolution without a bias, and the scale and offset of the batch norm behind it. */
const normalised = (inputs: number, outputs: number, kernelSize = 1): number =>
  kernelSize ** 2 * inputs * outputs + 2 * outputs;
const score = (inputs: number, classes: number): number => (inputs + 1) * classes;

/** mmsegmentation's `UPerHead` of 512 channels over maps of 256, 512, 1024 and 2048, at 19 classes. */
const HEAD =
  4 * normalised(2048, 512) +
  normalised(2048 + 4 * 512, 512, 3) +
  [256, 512, 1024].reduce((sum, inputs) => sum + normalised(inputs, 512) + normalised(512, 512, 3), 0) +
  normalised(4 * 512, 512, 3) +
  score(512, 19);
/** The `FCNHead` that trains beside it on the map of stride 16, and is no part of the network afterwards. */
const AUXILIARY = normalised(1024, 256, 3) + score(256, 19);

describe('UPerNet at 19 classes', () => {
  // Involution's repository, "Semantic Segmentation on Cityscapes": 56.4 M (15.1 % fewer than over ResNet-50) and 1825.6 G
  // (3.6 % fewer). mmsegmentation's counter adds up the parameters of all modules, of the auxiliary head too, and the work
  // of those alone that run without training, on a whole image of Cityscapes.
  const whole = [1024, 2048] as const;
  const over = (family: 'rednet' | 'resnet') =>
    designed({ family, decoder: { type: 'upernet' } } as ModelInput, whole);

  it('over RedNet-50 has the published counts', () => {
    const { net, features } = over('rednet');
    expect(net.total().parameters).toBe(54_015_809);
    const backbone = designFeatures(modelSchema.parse({ family: 'rednet' }), 64).net.total().parameters;
    expect(net.total().parameters - backbone).toBe(HEAD);
    expect((net.total().parameters + AUXILIARY) / 1e6).toBeCloseTo(56.4, 1);
    expect(Math.abs(workOfModules(net) / 1e9 / 1825.6 - 1)).toBeLessThan(0.005);
    expect(features.maps.at(-1)).toMatchObject({ stride: 4, node: { shape: [null, 256, 512, 512] } });
    expect(net.nodes.at(-1)!.shape).toEqual([null, ...whole, 19]);
  });

  it('has by so much less than over ResNet-50 as was published', () => {
    const [red, res] = [over('rednet').net, over('resnet').net];
    // Their ResNet-50 has a stem of three 3×3 convolutions, to 32, 32 and 64 channels, in the place of one of 7×7.
    const weights = 9 * (3 * 32 + 32 * 32 + 32 * 64) - 49 * 3 * 64;
    const places = 512 * 1024;
    const parameters = res.total().parameters + weights + 2 * (32 + 32);
    const work = workOfModules(res) + places * (weights + 3 * (32 + 32));
    const fewer = (one: number, other: number): number => 100 * (1 - one / other);
    expect(fewer(red.total().parameters + AUXILIARY, parameters + AUXILIARY)).toBeCloseTo(15.1, 1);
    expect(fewer(workOfModules(red), work)).toBeCloseTo(3.6, 1);
  });
});

describe('the decoder', () => {
  const small = (decoder: object, more: object = {}): ModelInput =>
    ({
      family: 'resnet',
      blocks: [1, 1, 1, 1],
      width: 4,
      ...more,
      decoder: { type: 'upernet', channels: 8, ...decoder },
    }) as ModelInput;
  const finite = (config: ModelInput, size: InputSize): void => {
    const { net } = designed(config, size, 5);
    const [height, width] = typeof size === 'number' ? [size, size] : size;
    const y = net.build(0, 'small').apply(uniformTensor([2, height, width, 3], 1)) as Tensor;
    expect(y.shape).toEqual([2, height, width, 5]);
    expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
  };

  it('ends at its finest stride, of as many strides as are asked for', () => {
    const last = (decoder: object, more?: object): unknown =>
      designed(small(decoder, more), 64).features.maps.at(-1);
    expect(last({})).toMatchObject({ name: 'head', stride: 4, node: { shape: [null, 16, 16, 8] } });
    expect(last({ levels: 2 })).toMatchObject({ stride: 16, node: { shape: [null, 4, 4, 8] } });
    expect(last({ levels: 1 })).toMatchObject({ stride: 32, node: { shape: [null, 2, 2, 8] } });
    expect(last({}, { outputStride: 8 })).toMatchObject({ stride: 4, node: { shape: [null, 16, 16, 8] } });
  });

  it.each([[33], [40], [[24, 50]]] as [InputSize][])('computes of images of %j', (size) => {
    finite(small({}), size);
  });

  it('of the last map alone, and without its means', () => {
    finite(small({ levels: 1, poolScales: [] }), 64);
    expect(() => modelSchema.parse(small({ poolScales: [2, 2] }))).toThrow('a scale is named twice');
  });

  it.each(['involution', 'octconv', 'local-attention', 'axial-attention', 'san-patchwise'] as const)(
    'with %s over its sums computes',
    (type) => finite(small({ spatial: smallestOperator(type), levels: 2 }), 64),
  );
});

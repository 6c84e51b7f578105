import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor } from '../../engine/testing.js';
import type { Tensor } from '../../engine/tf.js';
import { segmentationHead } from '../../tasks/segmentation/head.js';
import { model as modelSchema } from '../options.js';
import { designFeatures, type InputSize } from '../registry.js';
import type { ModelInput } from '../testing.js';

beforeAll(openReference);

function designed(config: ModelInput, size: InputSize, classes = 19) {
  const { net, features } = designFeatures(modelSchema.parse(config), size);
  segmentationHead(net, features, classes);
  return { net, features };
}

describe('the semantic branch of Axial-DeepLab', () => {
  const axial = { family: 'axial-resnet', depth: 50, scale: 0.5, outputStride: 16 } as const;

  it('over Axial-ResNet-S at 19 classes has the weights of its convolutions', () => {
    // Maps of 128, 256 and 1024 channels at strides 4, 8 and 16; a batch norm has two weights a channel.
    const withNorm = (inputs: number, outputs: number) => inputs * outputs + 2 * outputs;
    const separable = (inputs: number) => 25 * inputs + 2 * inputs + withNorm(inputs, 256);
    const branch =
      withNorm(1024, 256) +
      (withNorm(256, 64) + separable(256 + 64)) +
      (withNorm(128, 32) + separable(256 + 32)) +
      separable(256) +
      (256 * 19 + 19);
    expect(branch).toBe(534_259);
    const backbone = designFeatures(modelSchema.parse(axial), 65).net.total().parameters;
    const { net, features } = designed({ ...axial, decoder: { type: 'axial-deeplab' } }, 65);
    expect(net.total().parameters - backbone).toBe(branch);
    expect(features.maps.at(-1)).toMatchObject({ stride: 4, node: { shape: [null, 17, 17, 256] } });
    expect(net.nodes.at(-1)!.shape).toEqual([null, 65, 65, 19]);
  });

  const small = (lowLevel: number[]): ModelInput => ({
    family: 'resnet',
    blocks: [1, 1, 1, 1],
    width: 4,
    decoder: { type: 'axial-deeplab', channels: 8, lowLevel, kernelSize: 3 },
  });

  it.each([[64], [40], [[24, 50]]] as [InputSize][])('computes of images of %j', (size) => {
    const { net } = designed(small([6, 4]), size, 5);
    const [height, width] = typeof size === 'number' ? [size, size] : size;
    const y = net.build(0, 'small').apply(uniformTensor([2, height, width, 3], 1)) as Tensor;
    expect(y.shape).toEqual([2, height, width, 5]);
    expect([...y.dataSync<'float32'>()].every(Number.isFinite)).toBe(true);
  });

  it('ends at the last map that is named, and says how many there are', () => {
    expect(designed(small([]), 64).features.maps.at(-1)).toMatchObject({ stride: 32 });
    expect(designed(small([6]), 64).features.maps.at(-1)).toMatchObject({ stride: 16 });
    expect(() => designed(small([4, 4, 4, 4]), 64)).toThrow('wants 4 maps finer than the coarsest one');
  });
});

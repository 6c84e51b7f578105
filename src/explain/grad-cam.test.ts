import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  openReference,
  pattern,
  patternTensor,
  uniform,
  uniformTensor,
} from '../engine/testing.js';
import { openEngine } from '../engine/engine.js';
import { openTestTensorflow, NO_TENSORFLOW } from '../engine/tensorflow/testing.js';
import * as tf from '../engine/tf.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { Blueprint, type Node } from '../layers/blueprint.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { GlobalAveragePooling } from '../layers/pooling.js';
import { setWeight } from '../layers/testing.js';
import { classificationHead } from '../tasks/classification/head.js';
import { segmentationHead } from '../tasks/segmentation/head.js';
import { SMALL_NETWORKS } from '../models/engines.testing.js';
import { model as modelSchema } from '../models/options.js';
import { designFeatures } from '../models/registry.js';
import type { ModelInput } from '../models/testing.js';
import { Involution } from '../operators/involution/layer.js';
import { octaveHead } from '../operators/octconv/head.js';
import golden from './grad-cam.golden.json' with { type: 'json' };
import { classScore, gradCam, lastMaps, mapsOfPixels, pixelScore } from './grad-cam.js';
import { walk, walkFrom } from './walk.js';

beforeAll(openReference);

const batchNorm = { momentum: 0.9, epsilon: 1e-3 };

/** Convolution, BN and ReLU, convolution, BN and swish, a classifier; weights by pattern. */
function patternNet(): { net: Blueprint; first: Node; last: Node } {
  const net = new Blueprint([6, 5, 3]);
  const convolution = (name: string, from: Node, filters: number) =>
    net.add(new Convolution({ name, filters, kernelSize: 3 }), from);
  const first = net.add(
    new BatchNorm({ name: 'bn1', activation: 'relu', ...batchNorm }),
    convolution('conv1', net.input, 4),
  );
  const last = net.add(
    new BatchNorm({ name: 'bn2', activation: 'swish', ...batchNorm }),
    convolution('conv2', first, 5),
  );
  net.add(new Dense({ name: 'dense', units: 3 }), net.add(new GlobalAveragePooling({ name: 'pool' }), last));
  net.build(0, 'net');
  const set = (layer: string, weight: string, shape: readonly number[], salt: number, scale = 1): void => {
    const { layer: found } = net.nodes.find((node) => node.layer!.name === layer)!;
    setWeight(
      found!,
      weight,
      pattern(shape, salt).map((value) => value * scale),
    );
  };
  set('conv1', 'kernel', [3, 3, 3, 4], 2, 0.25);
  set('conv2', 'kernel', [3, 3, 4, 5], 3, 0.25);
  set('dense', 'kernel', [5, 3], 4);
  set('dense', 'bias', [3], 5);
  [['bn1', 4, 6] as const, ['bn2', 5, 8] as const].forEach(([name, channels, salt]) => {
    set(name, 'gamma', [channels], salt);
    set(name, 'beta', [channels], salt + 1);
  });
  return { net, first, last };
}

describe('Grad-CAM', () => {
  const expectGolden = (): void => {
    const { net, first, last } = patternNet();
    const known = walk(net, patternTensor<tf.Tensor4D>([1, 6, 5, 3], 1));
    expectClose(known.get(net.nodes.at(-1)!)!.dataSync(), golden.logits, 1e-5, 'logit');
    for (const index of [0, 1, 2]) {
      for (const [name, node] of Object.entries({ first, last })) {
        const heat = gradCam(net, node, known, classScore(index));
        expect([heat.height, heat.width]).toEqual([6, 5]);
        expectClose(heat.values, golden[name as 'first' | 'last'][index]!, 1e-5, `${name}, class ${index}`);
      }
    }
  };

  it('is that of PyTorch, of the last map and of one before it: on the reference', expectGolden);

  it('on the wasm engine', async () => {
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.run(expectGolden);
  });

  it.skipIf(NO_TENSORFLOW)('on the tensorflow engine', async () => {
    await openTestTensorflow();
    expectGolden();
    await openReference();
  });

  it('is that of differences, through an involution, whose kernels change with the map too', () => {
    const net = new Blueprint([5, 5, 4]);
    const conv = net.add(new Convolution({ name: 'conv', filters: 4, kernelSize: 3 }), net.input);
    const involution = new Involution({
      ...{ name: 'involution', generator: 'linear', groups: 2, reductionRatio: 2, kernelSize: 3 },
      ...{ initialization: 'reference', batchNorm },
    });
    const pooled = net.add(new GlobalAveragePooling({ name: 'pool' }), net.add(involution, conv));
    net.add(new Dense({ name: 'dense', units: 2 }), pooled);
    net.build(1, 'net');
    const known = walk(net, uniformTensor<tf.Tensor4D>([1, 5, 5, 4], 1));
    const map = known.get(conv)!;
    const values = map.dataSync<'float32'>().slice();
    const scoreAt = (changed: Float32Array): number =>
      walkFrom(net, conv, tf.tensor(changed, map.shape), known).dataSync()[1]!;
    const weights = [0, 1, 2, 3].map((channel) => {
      // The mean over the places of a derivative is that of all places together, over their number.
      const moved = (by: number): Float32Array => values.map((v, i) => (i % 4 === channel ? v + by : v));
      return (scoreAt(moved(1 / 64)) - scoreAt(moved(-1 / 64))) / (2 / 64) / 25;
    });
    const expected = Array.from({ length: 25 }, (_, place) =>
      Math.max(
        0,
        weights.reduce((sum, weight, c) => sum + weight * values[place * 4 + c]!, 0),
      ),
    );
    expect(Math.max(...expected)).toBeGreaterThan(0.01);
    expectClose(gradCam(net, conv, known, classScore(1)).values, expected, 1e-4, 'place');
  });
});

describe('Grad-CAM of a class over pixels', () => {
  /** A pyramid over a small ResNet, 4 classes, of images of 32×32. */
  function pyramid(): { net: Blueprint; maps: readonly Node[] } {
    const decoder = { type: 'upernet', channels: 4, poolScales: [1, 2], dropout: 0 } as const;
    const config = modelSchema.parse({ family: 'resnet', blocks: [1, 1, 1, 1], width: 4, decoder });
    const { net, features } = designFeatures(config, 32);
    segmentationHead(net, features, 4);
    net.build(3, 'net');
    return { net, maps: mapsOfPixels(features) };
  }
  /** The pixels of a corner. */
  const chosen = Float32Array.from({ length: 32 * 32 }, (_, p) => (p % 32 < 12 && p < 32 * 9 ? 1 : 0));
  const images = (): tf.Tensor4D => uniformTensor<tf.Tensor4D>([1, 32, 32, 3], 1);

  it('adds the class’s numbers up over the pixels, and no others', () => {
    const values = uniform([1, 2, 3, 4], 5);
    const output = tf.tensor4d(values, [1, 2, 3, 4]);
    const score = pixelScore(2, Float32Array.of(1, 0, 0, 0, 1, 1))(output);
    expect(score.shape).toEqual([]);
    expectClose(score.dataSync(), [values[2]! + values[4 * 4 + 2]! + values[4 * 5 + 2]!], 1e-6);
  });

  it('is that of differences, through decoder and resizing', () => {
    const { net, maps } = pyramid();
    const known = walk(net, images());
    const node = maps.at(-1)!;
    const map = known.get(node)!;
    const values = map.dataSync<'float32'>().slice();
    const [, height, width, channels] = map.shape as [number, number, number, number];
    const scoreAt = (changed: Float32Array): number => {
      const output = walkFrom(net, node, tf.tensor(changed, map.shape), known).dataSync<'float32'>();
      return chosen.reduce((sum, is, p) => sum + is * output[4 * p + 1]!, 0);
    };
    const weights = Array.from({ length: channels }, (_, channel) => {
      const moved = (by: number): Float32Array =>
        values.map((v, i) => (i % channels === channel ? v + by : v));
      return (scoreAt(moved(1 / 256)) - scoreAt(moved(-1 / 256))) / (2 / 256) / (height * width);
    });
    const expected = Array.from({ length: height * width }, (_, place) =>
      Math.max(
        0,
        weights.reduce((sum, weight, c) => sum + weight * values[place * channels + c]!, 0),
      ),
    );
    const largest = Math.max(...expected);
    expect(largest).toBeGreaterThan(0.01);
    const { values: heat } = gradCam(net, node, known, pixelScore(1, chosen));
    expectClose(heat, expected, 0.01 * largest, 'place');
  });

  it('is the same on all engines, of each of its maps', async () => {
    const heats = (): Float32Array[] => {
      const { net, maps } = pyramid();
      const known = walk(net, images());
      return maps.map((node) => gradCam(net, node, known, pixelScore(1, chosen)).values);
    };
    const expected = heats();
    expect(expected.map(({ length }) => length)).toEqual([64, 16, 4]);
    const same = (found: readonly Float32Array[]): void =>
      expected.forEach((values, i) => expectClose(found[i]!, values, 1e-4 * Math.max(1, ...values)));
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.run(() => same(heats()));
    if (NO_TENSORFLOW) return;
    await openTestTensorflow();
    same(heats());
    await openReference();
  });

  it('has the deepest map of each stride, and the one that the decoder makes of them', () => {
    const names = (model: ModelInput): string[] => {
      const { features } = designFeatures(modelSchema.parse(model), 64);
      return mapsOfPixels(features).map(({ layer }) => layer!.name);
    };
    const small: ModelInput = { family: 'resnet', blocks: [1, 1, 1, 1], width: 4 };
    const stages = ['stage2/block1/relu', 'stage3/block1/relu', 'stage4/block1/relu'];
    expect(names({ ...small, decoder: { type: 'upernet', channels: 4 } })).toEqual([
      'head/fuse_bn',
      ...stages,
    ]);
    expect(names(small)).toEqual(['stage1/block1/relu', ...stages]);
  });
});

describe('the last maps', () => {
  const names = (net: Blueprint): string[] => lastMaps(net).map(({ layer }) => layer!.name);

  it('are those that the tail reads, both parts of an octave network too', () => {
    const net = new Blueprint([8, 8, 3]);
    const high = net.add(new Convolution({ name: 'high', filters: 4, kernelSize: 3 }), net.input);
    const low = net.add(new Convolution({ name: 'low', filters: 4, kernelSize: 3, stride: 2 }), net.input);
    const options = { head: 'gap-concat', filters: 8, useBias: false, batchNorm } as const;
    classificationHead(net, { last: octaveHead(net, { high, low }, options), dropout: 0.2 } as never, 3);
    expect(names(net)).toEqual(['high', 'low']);
  });

  it.each(SMALL_NETWORKS)('of %s are there, and it walks as its model runs', (_, design) => {
    const net = design();
    const model = net.build(0, 'net');
    const [, height, width] = net.input.shape as [null, number, number];
    tf.tidy(() => {
      const images = uniformTensor<tf.Tensor4D>([1, height, width, 3], 1);
      const known = walk(net, images);
      const ran = model.apply(images, { training: false }) as tf.Tensor;
      const output = known.get(net.nodes.at(-1)!)!;
      expect(output.dataSync()).toEqual(ran.dataSync());
      const maps = lastMaps(net);
      expect(maps.length).toBeGreaterThan(0);
      for (const map of maps) expect(known.get(map)!.rank).toBe(4);
    });
    model.dispose();
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Engine } from '../engine/engine.js';
import { expectClose } from '../engine/testing.js';
import { removeBackend } from '../engine/tf.js';
import { model as modelSchema } from '../models/options.js';
import type { ModelInput } from '../models/testing.js';
import { designWithHead } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { predictAtOnce } from '../train/predictor.js';
import { putWeights } from '../train/state.js';
import { refusalOf } from '../util/refusal.testing.js';
import { fitWeights, type Recipient } from './fit-weights.js';
import { ownWeightsOf } from './own-weights.js';
import type { StoredWeights } from './read-weights.js';
import { kerasNamesOf } from './keras/index.js';
import { CLASSES, storedFor } from './timm.testing.js';
import { timmNames } from './timm/index.js';
import type { Numbers } from './conventions.js';

/** Of timm 1.0.31 and torchvision 0.29.2 on torch 2.15: scripts/timm-golden.py; Keras 3.15.1. */
const golden = JSON.parse(readFileSync(new URL('timm.golden.json', import.meta.url), 'utf8')) as Record<
  string,
  { digest: string; size?: number; logits?: number[] }
>;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
  engine.use();
});
afterAll(() => void removeBackend('involve-wasm'));

/** The networks of others that ours are. */
const NETWORKS: readonly [string, ModelInput][] = [
  ['tf_efficientnet_b0', { family: 'efficientnet' }],
  ['resnet50', { family: 'resnet' }],
  ['seresnet50', { family: 'resnet', attention: { type: 'se' } }],
  ['legacy_xception', { family: 'xception', batchNorm: { epsilon: 1e-5 } }],
  ['inception_v3', { family: 'inception-v3' }],
];

/** [2,size,size,3] */
function images(size: number): Float32Array {
  return Float32Array.from(
    { length: 2 * size * size * 3 },
    (_, i) => Math.sin(0.013 * i) + 0.5 * Math.sin(0.37 * i),
  );
}

function built(input: ModelInput, size = 64) {
  const config = modelSchema.parse(input);
  const { net, head } = designWithHead(taskOfCount(CLASSES), config, size);
  const model = net.build(0, 'recipient');
  const weights = ownWeightsOf(model);
  const names = timmNames(config)!;
  const recipient: Recipient = { weights, head, foreign: [names] };
  return { model, recipient, names };
}

const AUTO = { head: 'auto', partial: false, partially: '--partial' } as const;

describe('networks of timm and torchvision', () => {
  it.each(NETWORKS)('%s: logits by the same weights are those of PyTorch', (name, input) => {
    const { size, logits } = golden[name];
    const own = built(input, size);
    const stored = storedFor(own.recipient.weights, own.names);
    const fitted = fitWeights(own.recipient, stored, AUTO);
    expect(fitted).toMatchObject({ title: 'timm', newHead: undefined, left: { ours: [], theirs: [] } });
    expect(fitted.tensors.size).toBe(own.recipient.weights.length);
    putWeights(own.model, fitted.tensors, 'model.safetensors');
    const found = predictAtOnce(own.model, images(size!), 2, size!);
    const largest = Math.max(...logits!.map(Math.abs));
    expectClose(
      found.map((value) => value / largest),
      logits!.map((value) => value / largest),
      2e-5,
    );
    // Two images that are told apart: what would be the same of both could hide a mistake.
    expect(Math.abs(found[0] - found[CLASSES]) / largest).toBeGreaterThan(1e-3);
    own.model.dispose();
  });

  const variants = [1, 2, 3, 4, 5, 6, 7].map((n): [string, ModelInput] => [
    `tf_efficientnet_b${n}`,
    { family: 'efficientnet', variant: `b${n}` as 'b1' },
  ]);
  const deeper = ([101, 152] as const).map((depth): [string, ModelInput] => [
    `resnet${depth}`,
    { family: 'resnet', depth },
  ]);
  const others: readonly [string, ModelInput][] = [
    ['torchvision resnet50', { family: 'resnet' }],
    ['Keras EfficientNetB0', { family: 'efficientnet' }],
    ['Keras Xception', { family: 'xception' }],
  ];
  it.each([...NETWORKS, ...variants, ...deeper, ...others])(
    '%s: each of our weights has its name and shape there, and none is left over',
    (name, input) => {
      const config = modelSchema.parse(input);
      const { net } = designWithHead(taskOfCount(CLASSES), config, 96);
      const names = (name.startsWith('Keras') ? kerasNamesOf : timmNames)(config)!;
      const weights = engine.run(() => {
        const model = net.build((shape) => engine.blank(shape), 'blank');
        const found = ownWeightsOf(model);
        model.dispose();
        return found;
      });
      const theirs = weights.map(
        (weight) => `${names.nameOf(weight)} ${names.convention.shapeOf(weight).join()}`,
      );
      // Inception V3 has no scale here.
      const scales = theirs
        .filter((line) => names.constantOf && line.includes('.bn.bias'))
        .map((line) => line.replace('.bn.bias', '.bn.weight'));
      const text = [...theirs, ...scales].sort().join('\n');
      expect(createHash('sha256').update(text).digest('hex')).toBe(golden[name].digest);
    },
  );
});

describe('fitWeights', () => {
  let own: ReturnType<typeof built>;
  let stored: StoredWeights;
  beforeAll(() => {
    own = built({ family: 'resnet', blocks: [1, 1, 1, 1], width: 8 });
    stored = storedFor(own.recipient.weights, own.names);
  });
  const changed = (change: (tensors: Map<string, Numbers>) => void): StoredWeights => {
    const tensors = new Map(stored.tensors);
    change(tensors);
    return { ...stored, tensors };
  };
  const problemsOf = (given: StoredWeights) =>
    refusalOf(() => fitWeights(own.recipient, given, AUTO)).problems.map((problem) => problem.what);

  it('leaves a head for another number of classes as it starts, and says so', () => {
    const given = changed((tensors) => {
      tensors.set('fc.weight', { shape: [1000, 256], data: new Float32Array(256_000) });
      tensors.set('fc.bias', { shape: [1000], data: new Float32Array(1000) });
    });
    const fitted = fitWeights(own.recipient, given, AUTO);
    expect(fitted.newHead).toBe('the weights tell 1000 classes apart, and here there are 7');
    expect(fitted.tensors.has('head/classifier/kernel')).toBe(false);
    expect(fitted.tensors.size).toBe(own.recipient.weights.length - 2);
  });

  it('leaves a head for other classes of the same number too, and one that is not wanted or not there', () => {
    const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const other = { ...stored, classes: [...classes.slice(1), 'h'] };
    const recipient = { ...own.recipient, classes };
    expect(fitWeights(recipient, other, AUTO).newHead).toBe(
      'the weights tell other classes apart: b, c, d, … (7 in all)',
    );
    expect(fitWeights(recipient, { ...stored, classes }, AUTO).newHead).toBeUndefined();
    expect(fitWeights(recipient, stored, { ...AUTO, head: 'new' }).newHead).toBe('as train.from.head says');
    const none = changed((tensors) => tensors.delete('fc.bias'));
    expect(fitWeights(recipient, none, AUTO).newHead).toBe('fc.bias is not in model.safetensors');
  });

  it('names every tensor that is missing, misshapen or has no place, and what was meant', () => {
    const given = changed((tensors) => {
      tensors.set('layer1.0.conv_1.weight', tensors.get('layer1.0.conv1.weight')!);
      tensors.delete('layer1.0.conv1.weight');
      tensors.set('bn1.weight', { shape: [9], data: new Float32Array(9) });
      tensors.set('extra', { shape: [], data: new Float32Array(1) });
      tensors.set('bn1.num_batches_tracked', { shape: [], data: new Float32Array(1) });
    });
    expect(problemsOf(given)).toEqual([
      'layer1.0.conv1.weight is missing, for stage1/block1/reduce/kernel [1, 1, 8, 8]',
      'bn1.weight is [9], and stem/bn/gamma needs [8]',
      'layer1.0.conv_1.weight [8, 8, 1, 1] has no place in this network',
      'extra [] has no place in this network',
    ]);
    const { problems } = refusalOf(() => fitWeights(own.recipient, given, AUTO));
    expect(problems[0].try).toBe('the file has layer1.0.conv_1.weight: is it a network of the same kind?');
    expect(problems[3].try).toBe('--partial takes what fits');
    const fitted = fitWeights(own.recipient, given, { ...AUTO, partial: true });
    expect(fitted.left).toEqual({
      ours: ['stage1/block1/reduce/kernel', 'stem/bn/gamma'],
      theirs: ['layer1.0.conv_1.weight', 'extra'],
    });
    expect(fitted.tensors.size).toBe(own.recipient.weights.length - 2);
  });

  it('refuses weights of another network, partial or not', () => {
    const other = {
      ...stored,
      tensors: new Map([['blocks.0.weight', { shape: [1], data: new Float32Array(1) }]]),
    };
    for (const partial of [true, false]) {
      const { code, problems } = refusalOf(() => fitWeights(own.recipient, other, { ...AUTO, partial }));
      expect(code).toBe('E_WEIGHTS_FOREIGN');
      expect(problems[0].what).toBe(
        'these are weights of another network: blocks.0.weight [1]; this one begins with stem/conv/kernel (involve) or conv1.weight (timm)',
      );
    }
    const empty = { ...stored, tensors: new Map<string, Numbers>() };
    expect(problemsOf(empty)).toEqual(['the file has no weights']);
  });

  it('takes a scale that ours has not where it is 1, and refuses another', () => {
    const inception = built({ family: 'inception-v3', width: 0.05 }, 80);
    const file = storedFor(inception.recipient.weights, inception.names);
    const scale = 'Mixed_5b.branch1x1.bn.weight';
    const withScale = (value: number): StoredWeights => ({
      ...file,
      tensors: new Map([...file.tensors, [scale, { shape: [3], data: new Float32Array(3).fill(value) }]]),
    });
    expect(fitWeights(inception.recipient, withScale(1), AUTO).left.theirs).toEqual([]);
    const { problems } = refusalOf(() => fitWeights(inception.recipient, withScale(0.5), AUTO));
    expect(problems[0].what).toBe(`${scale} is not 1 throughout, and this network has no such scale`);
    inception.model.dispose();
  });
});

describe('conventions', () => {
  it('bring every weight of ours there and back', () => {
    const { model, recipient, names } = built({ family: 'efficientnet', removeStages: [5, 6, 7, 8] });
    for (const weight of recipient.weights) {
      const count = weight.shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: count }, (_, i) => i);
      const there = names.convention.to(weight, data);
      expect(there.shape).toEqual(names.convention.shapeOf(weight));
      expect([...names.convention.from(weight, there.data)]).toEqual([...data]);
    }
    model.dispose();
  });
});

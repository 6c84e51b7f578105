import type { EfficientNetConfig } from './efficientnet/options.js';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { SoftmaxCrossEntropy } from '../engine/kernels/softmax-cross-entropy.js';
import { uniform } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import { expect } from 'vitest';
import type { Blueprint } from '../layers/blueprint.js';
import { spatialTypes } from '../operators/options.js';
import { design, designFrom, involution, SE, smallestOperator } from './testing.js';

const SIZE = 32;
const BATCH = 2;
const RANDOM = { ...involution('paper'), initialization: 'reference' } as const;

const efficientNet = (options: Partial<EfficientNetConfig>) => () => design(options, SIZE);
const small = (config: Parameters<typeof designFrom>[0]) => () => designFrom(config, SIZE / 2);
const large = (config: Parameters<typeof designFrom>[0]) => () => designFrom(config, 2 * SIZE);
const axial = {
  family: 'axial-resnet',
  blocks: [1, 1],
  scale: 0.125,
  stem: 'cifar-pool',
  spatial: { type: 'axial-attention', heads: 4 },
  zeroInitLast: false,
} satisfies Parameters<typeof designFrom>[0];
const stages = [3, 7].map((kernelSize) => ({ blocks: 1, width: 32, kernelSize }));
const san = { family: 'san', stages } as const;
// The offset of a place from itself would lie at the kink of ReLU but for rounding.
const pairwise = { type: 'pairwise', position: 'none' } as const;
const blocks = [1, 1, 1, 1];
const dense = { family: 'resnet', blocks, width: 4, outputStride: 16 } as const;
const deeplab = { type: 'axial-deeplab' as const, channels: 8, lowLevel: [6, 4], kernelSize: 3 };
/** Of at least eight places a batch, and of bins that share places. */
const unified = { type: 'upernet' as const, channels: 8, poolScales: [2, 3], dropout: 0 };
/** Semantic FPN over a ResNet whose last stage is dilated, with an operator in neck and head. */
function pyramid(type: 'conv' | 'involution'): Blueprint {
  const part = { channels: 8, spatial: smallestOperator(type) };
  const decoder = { type: 'semantic-fpn', neck: part, head: part, dropout: 0 } as const;
  // The first block that loses its stride keeps its window; the second one's is spread.
  const twice = [1, 1, 1, 2];
  return designFrom({ family: 'resnet', blocks: twice, width: 4, outputStride: 16, decoder }, 2 * SIZE);
}

// Batch norms see eight values at least: of two that are close, one step back makes hundreds of an error. So ResNet
// gets larger images; and from random generators gradients grow two hundredfold on the way back through exp4.
/** Small networks of every family: name, blueprint, and by how much engines may differ, as a share of the norm. */
export const SMALL_NETWORKS: readonly [string, () => Blueprint, number][] = [
  ['exp4', efficientNet({ attention: RANDOM, removeStages: [6, 7, 8] }), 1e-3],
  ...(['tanh', 'l2'] as const).map((kernelBound): [string, () => Blueprint, number] => [
    `exp4 with kernels bounded by ${kernelBound}`,
    efficientNet({ attention: { ...RANDOM, kernelBound }, removeStages: [6, 7, 8] }),
    1e-3,
  ]),
  ['squeeze-and-excitation', efficientNet({ attention: SE, removeStages: [5, 6, 7, 8] }), 1e-4],
  ['Xception', small({ family: 'xception', stem: 'cifar', width: 0.06, middleBlocks: 1 }), 1e-4],
  ['Inception V3', small({ family: 'inception-v3', stem: 'cifar', width: 0.06 }), 1e-3],
  ['axial attention', small(axial), 1e-4],
  ['axial attention in windows', small({ ...axial, spatial: { ...axial.spatial, span: 5 } }), 1e-4],
  ['pairwise self-attention', small({ ...san, attention: pairwise }), 1e-4],
  ['patchwise self-attention', small({ ...san, attention: { type: 'patchwise' } }), 1e-4],
  ['ResNet', large({ family: 'resnet', blocks, width: 4, attention: { type: 'se' } }), 1e-4],
  ['Wide ResNet of octaves', small({ family: 'wide-resnet', depth: 16, widen: 1 }), 1e-4],
  ['OctConv', small({ family: 'octconv-article', width: 8, blocks: 1 }), 1e-4],
  ['airbench', large({ family: 'airbench', stem: 8, widths: [8, 12, 16] }), 1e-4],
  ['stand-alone attention', small({ family: 'sasa-resnet', blocks, width: 16, stem: 'cifar' }), 1e-4],
  ['local relation', small({ family: 'lr-net', blocks, width: 16, outputWidth: 32, stem: 'cifar' }), 1e-3],
  ['a pyramid over dilated maps', () => pyramid('conv'), 1e-4],
  ['a pyramid with involution in neck and head', () => pyramid('involution'), 1e-4],
  ['the decoder of Axial-DeepLab', () => designFrom({ ...dense, decoder: deeplab }, 2 * SIZE), 1e-4],
  ['the decoder of UPerNet', () => designFrom({ ...dense, decoder: unified }, 2 * SIZE), 1e-4],
  ...spatialTypes.map((type): [string, () => Blueprint, number] => {
    const spatial = smallestOperator(type);
    // With 8 a ReLU of this one has a value so near to zero that rounding decides on which side it is.
    const width = type === 'local-relation' ? 16 : 8;
    return [`${type} in the slot of a ResNet`, large({ family: 'resnet', blocks, width, spatial }), 1e-3];
  }),
];

/**
 * What a small model computes: logits in inference; loss, all gradients and moving statistics of a train step.
 * Weights that begin with zeros have other values here. A channel that is the same everywhere leaves batch norm as
 * its offset; were that zero, rounding would decide on which side of a ReLU it falls, and with it some per cent of
 * the gradients of a network this small.
 */
export async function compute(backend: string, designed: () => Blueprint) {
  await tf.setBackend(backend);
  const net = designed();
  const [, size] = net.input.shape as number[];
  const model = net.build(0, 'small');
  const classes = model.outputs[0].shape[1]!;
  fillZeros(model);
  const x = tf.tensor4d(uniform([BATCH, size, size, 3], 1, -2, 2), [BATCH, size, size, 3]);
  const rest = new Array<number>(classes - 1).fill(0.1 / (classes - 1));
  const hard = Array.from({ length: classes }, (_, i) => (i === 2 ? 1 : 0));
  const labels = tf.tensor2d([0.9, ...rest, ...hard], [BATCH, classes]);
  const seed = tf.scalar(3, 'int32');
  const results = new Map<string, Float32Array>();
  const keep = (name: string, tensor: tf.Tensor): void =>
    void results.set(name, tensor.dataSync<'float32'>().slice());
  keep('logits', model.apply(x, { training: false }) as tf.Tensor);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(() => {
    const logits = model.apply(x, { training: true, seed }) as tf.Tensor2D;
    return tf.mean(callKernel(SoftmaxCrossEntropy, { logits, labels }).loss);
  }, variables);
  keep('loss', value);
  model.trainableWeights.forEach(({ originalName }, i) => {
    keep(`gradient of ${originalName}`, grads[variables[i].name]);
  });
  for (const weight of model.nonTrainableWeights) keep(weight.originalName, weight.read());
  return results;
}

/** What two engines computed is the same within a share of each norm. */
export function expectAlike(
  actual: ReadonlyMap<string, Float32Array>,
  reference: ReadonlyMap<string, Float32Array>,
  tolerance: number,
): void {
  expect([...actual.keys()]).toEqual([...reference.keys()]);
  expect(reference.size).toBeGreaterThan(20);
  for (const [name, expected] of reference) {
    const norm = lengthOf(expected);
    const values = actual.get(name)!;
    const error = lengthOf(expected.map((value, i) => value - values[i]));
    // Some are zero but for rounding: an offset that the next batch norm takes away.
    expect(error, `${name}, of norm ${norm}: error`).toBeLessThan(tolerance * norm + 5e-6);
  }
}

// --- internal ---

function fillZeros(model: tf.LayersModel): void {
  model.trainableWeights.forEach((weight, i) => {
    const begun = weight.read();
    if (lengthOf(begun.dataSync<'float32'>()) > 0) return;
    weight.write(tf.tensor(uniform(begun.shape, 1000 + i, -0.5, 0.5), begun.shape));
  });
}

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}

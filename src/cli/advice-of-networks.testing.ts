import { dryRun, type Situation } from './advice-situation.testing.js';

/** Networks whose options do not go together, and the same network as the advice says. */

/**
 * @param other what is changed of the model when the advice is taken: the first of the numbers or words that `matches` found
 * @param more flags of both command lines
 */
function network(
  model: object,
  matches: RegExp,
  other: (found: string) => object,
  more = '',
  followed = more,
): Situation {
  const typed = (changed: object): string =>
    dryRun('tiny.json', ` --set model=${JSON.stringify({ ...model, ...changed })}`);
  return {
    typed: typed({}) + more,
    matches,
    then: ([, found]) => typed(other(found)) + followed,
  };
}

/** An operator in the place of the 3×3 convolutions of a ResNet; `other` changes the operator. */
const spatial = (
  operator: object,
  matches: RegExp,
  other: (found: string) => object,
  family: object = { family: 'resnet', depth: 26 },
): Situation =>
  network({ ...family, spatial: operator }, matches, (found) => ({
    spatial: { ...operator, ...other(found) },
  }));

const count = (key: string) => (found: string) => ({ [key]: Number(found) });

export const NETWORK_SITUATIONS: readonly Situation[] = [
  network(
    { family: 'inception-v3' },
    /^--set data\.inputSize=\d+, or a family that pads each map, such as (resnet)$/,
    (family) => ({ family }),
    ' --set data.name=scene-masks --set data.inputSize=96',
  ),
  network(
    { family: 'resnet', depth: 26, decoder: { type: 'axial-deeplab', lowLevel: [9, 8, 7, 6] } },
    /^--set model\.decoder\.lowLevel=(\[9,8,7\])$/,
    (found) => ({ decoder: { type: 'axial-deeplab', lowLevel: JSON.parse(found) as number[] } }),
    ' --set data.name=scene-masks',
  ),
  spatial({ type: 'involution', groups: 5 }, /^groups (\d+)/, count('groups')),
  spatial({ type: 'involution', groups: { channels: 5 } }, /^channels (\d+)/, (found) => ({
    groups: { channels: Number(found) },
  })),
  spatial({ type: 'involution', generation: 'position', dilation: 2 }, /^dilation (1)$/, count('dilation')),
  spatial({ type: 'involution', generation: 'position', groups: 5 }, /^groups (\d+)/, count('groups')),
  spatial(
    { type: 'involution', generation: 'query-key', kernelBound: 'tanh' },
    /^kernelBound (none), or generation pixel$/,
    (kernelBound) => ({ kernelBound }),
  ),
  spatial({ type: 'local-attention', heads: 5 }, /^heads (\d+)/, count('heads')),
  spatial({ type: 'local-attention', heads: 64 }, /^heads (\d+).*, or position none$/, count('heads')),
  spatial(
    { type: 'local-attention', relation: 'none', position: 'none' },
    /^relation (dot), position relative, or both$/,
    (relation) => ({ relation }),
  ),
  spatial({ type: 'global-attention', heads: 5 }, /^heads (\d+)/, count('heads')),
  spatial({ type: 'axial-attention', heads: 5 }, /^heads (\d+)/, count('heads')),
  spatial({ type: 'axial-attention', span: 2 }, /^(\d+) or \d+, or null for the whole axis$/, count('span')),
  spatial({ type: 'axial-attention', tableSpan: 1 }, /^a tableSpan of at least \d+, or (null)$/, () => ({
    tableSpan: null,
  })),
  spatial(
    { type: 'local-relation', groups: { channels: 1000 } },
    /^groups of (1) to \d+ channels$|^channels (\d+)/,
    () => ({ groups: { channels: 1 } }),
  ),
  spatial({ type: 'octconv', groups: 5 }, /^groups (\d+)/, count('groups')),
  spatial({ type: 'octconv', kind: 'depthwise', groups: 2 }, /^groups (1), or kind full$/, count('groups')),
  spatial({ type: 'depthwise-separable', segments: 3000 }, /^at most (\d+) segments$/, count('segments')),
  network(
    { family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5, spatial: { type: 'involution' } },
    /^model\.alpha (0), or no model\.spatial$/,
    count('alpha'),
  ),
  network(
    { family: 'xception', stem: 'cifar', segments: 2, spatial: { type: 'involution' } },
    /^no model\.segments, or no model\.(spatial)$/,
    () => ({ spatial: null }),
  ),
  network({ family: 'axial-resnet', depth: 26, scale: 0.3 }, /^a multiple of (1)\/(\d+)$/, () => ({
    scale: 0.25,
  })),
  network(
    {
      family: 'san',
      stages: [{ blocks: 1, width: 36, kernelSize: 3, pool: true }],
      groups: { channels: 8 },
    },
    /^a multiple of (\d+)$/,
    (width) => ({ stages: [{ blocks: 1, width: Number(width), kernelSize: 3, pool: true }] }),
  ),
  network(
    { family: 'san', stages: [{ blocks: 1, width: 64, kernelSize: 63, pool: true }] },
    /^a kernelSize of at most (\d+) here/,
    (size) => ({ stages: [{ blocks: 1, width: 64, kernelSize: Number(size), pool: true }] }),
  ),
  network(
    { family: 'sasa-resnet', depth: 26, stem: 'attention' },
    /^a data\.inputSize that is a multiple of (\d+); the next data\.inputSize that fits is \d+$/,
    () => ({}),
    ' --set data.inputSize=30',
    ' --set data.inputSize=32',
  ),
  network(
    { family: 'inception-v3' },
    /^a larger data\.inputSize; the next data\.inputSize that fits is (\d+)$/,
    () => ({}),
    ' --set data.inputSize=32',
    ' --set data.inputSize=75',
  ),
  network(
    { family: 'inception-v3' },
    /^a larger size, or (--set train\.progressive=null)$/,
    () => ({}),
    ' --set data.inputSize=96 --set train.progressive=[{"size":32,"until":{"epochs":1}}]',
    ' --set data.inputSize=96 --set train.progressive=null',
  ),
  network(
    { family: 'axial-resnet', depth: 26 },
    /^(--set train\.progressive=null): this network has images of one size$/,
    () => ({}),
    ' --set data.inputSize=64 --set train.progressive=[{"size":32,"until":{"epochs":1}}]',
    ' --set data.inputSize=64 --set train.progressive=null',
  ),
  network(
    { family: 'resnet', depth: 26, spatial: { type: 'octconv' }, outputStride: 8 },
    /^(--set model\.outputStride=null), or another operator$/,
    () => ({}),
    '',
    ' --set model.outputStride=null',
  ),
  network(
    { family: 'airbench', whitening: true, stem: 32 },
    /^model\.stem (\d+), or model\.whitening false$/,
    count('stem'),
  ),
];

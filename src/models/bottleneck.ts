import type { ResNetConfig, SpatialConfig } from '../config/schema.js';
import { Activation } from '../layers/activation.js';
import { Add } from '../layers/add.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { channelsOf } from '../layers/operator-layer.js';
import { GlobalAveragePooling } from '../layers/pooling.js';
import { SqueezeExcite } from '../layers/squeeze-excite.js';
import type { Blueprint, Node } from './blueprint.js';
import { spatial } from './spatial.js';

/** Blocks of the four stages, by the number of layers that gives a network its name. */
const BLOCKS: Readonly<Record<ResNetConfig['depth'], readonly number[]>> = {
  26: [1, 2, 4, 1],
  38: [2, 3, 5, 2],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};
/** A block puts out this many times its bottleneck's width. */
const EXPANSION = 4;

/** What the networks of bottleneck blocks have in common. */
export interface BottleneckConfig extends Pick<
  ResNetConfig,
  'depth' | 'blocks' | 'width' | 'batchNorm' | 'zeroInitLast' | 'dropConnect' | 'dropout'
> {
  readonly attention?: ResNetConfig['attention'];
  /** Channels that the first stage puts out, doubled from stage to stage; by default four times the width. */
  readonly outputWidth?: number;
}

/** The operator of a block; stages are counted from 1. */
export type SpatialOfStage = (stage: number) => SpatialConfig;

/**
 * Stages 1 to 4 of bottleneck blocks, the first at stride 1, then global pooling and the classifier.
 * Input [H,W,C] from the stem; the last node is the logits [classes].
 */
export function bottleneckNetwork(
  net: Blueprint,
  stem: Node,
  config: BottleneckConfig,
  spatialOf: SpatialOfStage,
  classes: number,
): Node {
  const blocks = config.blocks ?? BLOCKS[config.depth];
  const total = blocks.reduce((sum, count) => sum + count, 0);
  let x = stem;
  let position = 0;
  for (const [index, count] of blocks.entries()) {
    const stage = index + 1;
    for (let block = 1; block <= count; block++) {
      x = bottleneck(net, x, {
        name: `stage${stage}/block${block}`,
        config,
        operator: spatialOf(stage),
        width: config.width * 2 ** index,
        filters: (config.outputWidth ?? config.width * EXPANSION) * 2 ** index,
        stride: stage > 1 && block === 1 ? 2 : 1,
        dropRate: (config.dropConnect * position++) / total,
      });
    }
  }
  x = net.add(new GlobalAveragePooling({ name: 'head/pool' }), x);
  if (config.dropout > 0) {
    x = net.add(new Dropout({ name: 'head/dropout', rate: config.dropout, perSample: false }), x);
  }
  return net.add(new Dense({ name: 'head/classifier', units: classes }), x);
}

interface BlockOptions {
  readonly name: string;
  readonly config: BottleneckConfig;
  readonly operator: SpatialConfig;
  readonly width: number;
  /** Channels that the block puts out. */
  readonly filters: number;
  readonly stride: number;
  readonly dropRate: number;
}

/** 1×1 to the width, the operator (with the stride), 1×1 to the block's output, + shortcut, ReLU. */
function bottleneck(net: Blueprint, start: Node, options: BlockOptions): Node {
  const { name, config, operator, width, filters, stride, dropRate } = options;
  const { batchNorm } = config;
  const normalise = (part: string, from: Node, activation: 'none' | 'relu', gammaStart = 1): Node =>
    net.add(new BatchNorm({ name: `${name}/${part}`, activation, gammaStart, ...batchNorm }), from);

  let x = net.add(new Convolution({ name: `${name}/reduce`, filters: width, kernelSize: 1 }), start);
  x = normalise('reduce_bn', x, 'relu');
  x = spatial(net, x, operator, { name: `${name}/spatial`, stride, batchNorm });
  x = normalise('spatial_bn', x, 'relu');
  x = net.add(new Convolution({ name: `${name}/expand`, filters, kernelSize: 1 }), x);
  x = normalise('expand_bn', x, 'none', config.zeroInitLast ? 0 : 1);
  if (config.attention?.type === 'se') {
    const squeezed = Math.max(1, Math.floor(filters / config.attention.reductionRatio));
    x = net.add(new SqueezeExcite({ name: `${name}/se`, squeezed, activation: 'relu' }), x);
  }
  let shortcut = start;
  if (stride !== 1 || channelsOf(start.shape) !== filters) {
    shortcut = net.add(new Convolution({ name: `${name}/shortcut`, filters, kernelSize: 1, stride }), start);
    shortcut = normalise('shortcut_bn', shortcut, 'none');
  }
  if (dropRate > 0) x = net.add(new Dropout({ name: `${name}/drop`, rate: dropRate, perSample: true }), x);
  x = net.add(new Add({ name: `${name}/add` }), x, shortcut);
  return net.add(new Activation({ name: `${name}/relu`, activation: 'relu' }), x);
}

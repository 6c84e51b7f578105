import { Activation } from '../layers/activation.js';
import { Add } from '../layers/add.js';
import { BatchNorm, type BatchNormSettings } from '../layers/batch-norm.js';
import { Convolution } from '../layers/convolution.js';
import { channelsOf } from '../layers/operator-layer.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { OverTraining } from '../util/over-training.js';
import { depthRate, dropped } from './stochastic-depth.js';
import { dropoutOf, type FeatureMap, type Features } from './features.js';

/** A block's place in a residual network. */
export interface BlockPlace {
  /** `stage2/block1`: what its layers' names begin with. */
  readonly name: string;
  /** From 0. */
  readonly stage: number;
  readonly stride: number;
  /** Of stochastic depth, growing with the depth. */
  readonly dropRate: OverTraining;
}

export interface ResidualConfig {
  /** How many blocks each stage has; a stage but the first begins at stride 2. */
  readonly blocks: readonly number[];
  readonly dropConnect: OverTraining;
  readonly dropout: OverTraining;
}

/** What the stem puts out, and the pixels of the image for one of it. */
export interface Stem {
  readonly node: Node;
  readonly stride: number;
}

/** Stages of blocks, each but the first at half the size of the one before; a map a stage. Input [H,W,C] from the stem. */
export function residualNetwork(
  stem: Stem,
  { blocks, dropConnect, dropout }: ResidualConfig,
  addBlock: (x: Node, place: BlockPlace) => Node,
): Features {
  const total = blocks.reduce((sum, count) => sum + count, 0);
  const maps: FeatureMap[] = [];
  let x = stem.node;
  let position = 0;
  for (const [stage, count] of blocks.entries()) {
    for (let block = 1; block <= count; block++) {
      x = addBlock(x, {
        name: `stage${stage + 1}/block${block}`,
        stage,
        stride: stage > 0 && block === 1 ? 2 : 1,
        dropRate: depthRate(dropConnect, position++, total),
      });
    }
    maps.push({ name: `stage${stage + 1}`, stride: stem.stride * 2 ** stage, node: x });
  }
  return { maps, last: x, dropout: dropoutOf(dropout) };
}

export interface BottleneckOptions extends Omit<BlockPlace, 'stage'> {
  readonly width: number;
  /** Channels that the block puts out. */
  readonly filters: number;
  readonly batchNorm: BatchNormSettings;
  readonly zeroInitLast: boolean;
  /** What stands between the two 1×1 convolutions, with the stride and its own activation. */
  readonly middle: (x: Node) => Node;
  /** What stands after the last batch norm, before the sum. */
  readonly last?: (x: Node) => Node;
}

/** 1×1 to the width, the middle, 1×1 to the block's output, + shortcut, ReLU. */
export function bottleneckBlock(net: Blueprint, start: Node, options: BottleneckOptions): Node {
  const { name, width, filters, stride, dropRate, batchNorm, zeroInitLast, middle, last } = options;
  const normalise = (part: string, from: Node, activation: 'none' | 'relu', gammaStart = 1): Node =>
    net.add(new BatchNorm({ name: `${name}/${part}`, activation, gammaStart, ...batchNorm }), from);

  let x = net.add(new Convolution({ name: `${name}/reduce`, filters: width, kernelSize: 1 }), start);
  x = normalise('reduce_bn', x, 'relu');
  x = middle(x);
  x = net.add(new Convolution({ name: `${name}/expand`, filters, kernelSize: 1 }), x);
  x = normalise('expand_bn', x, 'none', zeroInitLast ? 0 : 1);
  if (last) x = last(x);
  let shortcut = start;
  if (stride !== 1 || channelsOf(start.shape) !== filters) {
    shortcut = net.add(new Convolution({ name: `${name}/shortcut`, filters, kernelSize: 1, stride }), start);
    shortcut = normalise('shortcut_bn', shortcut, 'none');
  }
  x = dropped(net, x, name, dropRate);
  x = net.add(new Add({ name: `${name}/add` }), x, shortcut);
  return net.add(new Activation({ name: `${name}/relu`, activation: 'relu' }), x);
}

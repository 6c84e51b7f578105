import type { ResNetConfig } from './resnet/options.js';
import type { SpatialConfig } from '../operators/options.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { SqueezeExcite } from '../operators/squeeze-excite/layer.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { Features } from './features.js';
import { bottleneckBlock, residualNetwork, type BlockPlace, type Stem } from './residual.js';
import { spatial } from '../operators/spatial.js';

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

/** Stages 1 to 4 of bottleneck blocks, the first at stride 1. Input [H,W,C] from the stem. */
export function bottleneckNetwork(
  net: Blueprint,
  stem: Stem,
  config: BottleneckConfig,
  spatialOf: SpatialOfStage,
): Features {
  const { batchNorm, zeroInitLast, attention, dropConnect, dropout, width } = config;
  const blocks = config.blocks ?? BLOCKS[config.depth];
  const addBlock = (start: Node, { name, stage, stride, dropRate }: BlockPlace): Node => {
    const filters = (config.outputWidth ?? width * EXPANSION) * 2 ** stage;
    return bottleneckBlock(net, start, {
      ...{ name, stride, dropRate, batchNorm, zeroInitLast, filters, width: width * 2 ** stage },
      middle: (x) => {
        const y = spatial(net, x, spatialOf(stage + 1), { name: `${name}/spatial`, stride, batchNorm });
        return net.add(new BatchNorm({ name: `${name}/spatial_bn`, activation: 'relu', ...batchNorm }), y);
      },
      last: (x) => {
        if (attention?.type !== 'se') return x;
        const squeezed = Math.max(1, Math.floor(filters / attention.reductionRatio));
        return net.add(new SqueezeExcite({ name: `${name}/se`, squeezed, activation: 'relu' }), x);
      },
    });
  };
  return residualNetwork(stem, { blocks, dropConnect, dropout }, addBlock);
}

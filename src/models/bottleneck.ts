import type { ResNetConfig } from './resnet/options.js';
import type { AttentionConfig, SpatialConfig } from '../operators/options.js';
import { BatchNorm } from '../layers/batch-norm.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { Features } from './features.js';
import { bottleneckBlock, residualNetwork, type BlockPlace, type Stem } from './residual.js';
import { placeOperator } from '../operators/index.js';
import { placeAttention } from './attention.js';

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
  'depth' | 'blocks' | 'spatialStages' | 'width' | 'batchNorm' | 'zeroInitLast' | 'dropConnect' | 'dropout'
> {
  readonly spatial: SpatialConfig;
  readonly attention?: AttentionConfig;
  /** Channels that the first stage puts out, doubled from stage to stage; by default four times the width. */
  readonly outputWidth?: number;
}

const NONE: AttentionConfig = { type: 'none' };
const CONVOLUTION: SpatialConfig = { type: 'conv', kernelSize: 3 };

/**
 * Stages 1 to 4 of bottleneck blocks, the first at stride 1, the operator of `spatial` in those of `spatialStages`.
 * Input [H,W,C] from the stem.
 */
export function bottleneckNetwork(net: Blueprint, stem: Stem, config: BottleneckConfig): Features {
  const { batchNorm, zeroInitLast, attention = NONE, dropConnect, dropout, width } = config;
  const blocks = config.blocks ?? BLOCKS[config.depth];
  const addBlock = (start: Node, { name, stage, stride, dropRate }: BlockPlace): Node => {
    const filters = (config.outputWidth ?? width * EXPANSION) * 2 ** stage;
    const operator = config.spatialStages.includes(stage + 1) ? config.spatial : CONVOLUTION;
    return bottleneckBlock(net, start, {
      name,
      stride,
      dropRate,
      batchNorm,
      zeroInitLast,
      filters,
      width: width * 2 ** stage,
      middle: (x) => {
        const y = placeOperator(net, x, operator, {
          name: `${name}/spatial`,
          slot: 'model.spatial',
          activation: 'relu',
          stride,
          batchNorm,
        });
        return net.add(new BatchNorm({ name: `${name}/spatial_bn`, activation: 'relu', ...batchNorm }), y);
      },
      last: (x) => placeAttention(net, x, attention, { block: name, activation: 'relu', batchNorm }),
    });
  };
  return residualNetwork(stem, { blocks, dropConnect, dropout }, addBlock);
}

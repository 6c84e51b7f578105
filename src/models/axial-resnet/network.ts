import type { AxialResNetConfig } from './options.js';
import { Activation } from '../../layers/activation.js';
import { badInput } from '../../util/errors.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { placeOperator } from '../../operators/index.js';
import type { SpatialConfig } from '../../operators/options.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import type { Features } from '../features.js';
import { bottleneckBlock, residualNetwork, type BlockPlace, type Stem } from '../residual.js';
import { convolutionStem, stemPooling } from '../resnet/network.js';

/** Blocks of the four stages, by the number of layers that gives a network its name. */
const BLOCKS: Readonly<Record<AxialResNetConfig['depth'], readonly number[]>> = {
  26: [1, 2, 4, 1],
  50: [3, 4, 6, 3],
};
/** Width of the stem and of the first stage at scale 1. */
const STEM_WIDTH = 64;
const WIDTH = 128;
/** A block puts out this many times the channels of its attention. */
const EXPANSION = 2;
const STEM_BLOCKS = 3;
const CONVOLUTION: SpatialConfig = { type: 'conv', kernelSize: 3 };

/**
 * Axial-ResNet (Wang et al. 2020, "Axial-DeepLab", section 3.3): a ResNet whose bottlenecks attend along the height
 * and along the width in the place of the 3×3 convolution, or have another operator there; with `stem: axial` the full-axial variant, which has no
 * spatial convolution at all. Input [H,W,C].
 * @throws InvolveError when the channels do not divide, or tables do not reach over an axis.
 */
export function axialResNet(net: Blueprint, config: AxialResNetConfig): Features {
  const blocks = config.blocks ?? BLOCKS[config.depth];
  const addBlock = (x: Node, { name, stage, stride, dropRate }: BlockPlace): Node => {
    const operator = config.spatialStages.includes(stage + 1) ? config.spatial : CONVOLUTION;
    const width = scaled(WIDTH * 2 ** stage, config);
    return axialBlock(net, x, config, operator, { name, stride, dropRate, width });
  };
  return residualNetwork(stem(net, config), { ...config, blocks }, addBlock);
}

function stem(net: Blueprint, config: AxialResNetConfig): Stem {
  const width = scaled(STEM_WIDTH, config);
  const { batchNorm } = config;
  if (config.stem === 'axial') {
    // The article gives no widths; these, twice as many out, have the parameters it prints.
    let x = net.input;
    for (let block = 1; block <= STEM_BLOCKS; block++) {
      const stride = block === 1 ? 2 : 1;
      x = axialBlock(net, x, config, config.spatial, {
        name: `stem/block${block}`,
        width,
        stride,
        dropRate: 0,
      });
    }
    return { node: stemPooling(net, x), stride: 4 };
  }
  const stem = convolutionStem(net, {
    width,
    batchNorm,
    stem: config.stem === 'conv' ? 'imagenet' : 'cifar',
  });
  return config.stem === 'cifar-pool' ? { node: stemPooling(net, stem.node), stride: 2 } : stem;
}

interface BlockOptions extends Omit<BlockPlace, 'stage'> {
  /** Channels of the attention. */
  readonly width: number;
}

/** A bottleneck with the operator (and the stride), then ReLU, which puts out twice the width. */
function axialBlock(
  net: Blueprint,
  start: Node,
  config: AxialResNetConfig,
  operator: SpatialConfig,
  options: BlockOptions,
): Node {
  const { batchNorm, zeroInitLast } = config;
  const { name, width, stride, dropRate } = options;
  // Axial attention ends in batch norms of its own, and its layers stand in the block itself.
  const isAxial = operator.type === 'axial-attention';
  return bottleneckBlock(net, start, {
    name,
    width,
    stride,
    dropRate,
    batchNorm,
    zeroInitLast,
    filters: width * EXPANSION,
    middle: (x) => {
      const y = placeOperator(net, x, operator, {
        name: isAxial ? name : `${name}/spatial`,
        slot: 'model.spatial',
        activation: 'relu',
        stride,
        batchNorm,
      });
      const end = isAxial
        ? new Activation({ name: `${name}/attention_relu`, activation: 'relu' })
        : new BatchNorm({ name: `${name}/spatial_bn`, activation: 'relu', ...batchNorm });
      return net.add(end, y);
    },
  });
}

function scaled(width: number, { scale }: AxialResNetConfig): number {
  const channels = width * scale;
  if (Number.isInteger(channels)) return channels;
  throw badInput('E_LAYER_OPTIONS', {
    what: `a scale of ${scale} does not give whole channels: ${width}·${scale}`,
    where: 'model.scale',
    try: `a multiple of 1/${STEM_WIDTH}`,
  });
}

import type { AxialResNetConfig } from '../config/schema.js';
import { Activation } from '../layers/activation.js';
import { Add } from '../layers/add.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { channelsOf } from '../layers/operator-layer.js';
import { GlobalAveragePooling } from '../layers/pooling.js';
import { badInput } from '../util/errors.js';
import { axialPair } from './axial.js';
import type { Blueprint, Node } from './blueprint.js';
import { convolutionStem, stemPooling } from './resnet.js';

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

/**
 * Axial-ResNet (Wang et al. 2020, "Axial-DeepLab", section 3.3): a ResNet whose bottlenecks attend along the height
 * and along the width in the place of the 3×3 convolution; with `stem: axial` the full-axial variant, which has no
 * spatial convolution at all. Input [H,W,C]; the last node is the logits [classes].
 * @throws InvolveError when the channels do not divide, or tables do not reach over an axis.
 */
export function axialResNet(net: Blueprint, config: AxialResNetConfig, classes: number): Node {
  const blocks = config.blocks ?? BLOCKS[config.depth];
  const total = blocks.reduce((sum, count) => sum + count, 0);
  let x = stem(net, config);
  let position = 0;
  for (const [index, count] of blocks.entries()) {
    for (let block = 1; block <= count; block++) {
      x = axialBlock(net, x, config, {
        name: `stage${index + 1}/block${block}`,
        width: scaled(WIDTH * 2 ** index, config),
        stride: index > 0 && block === 1 ? 2 : 1,
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

function stem(net: Blueprint, config: AxialResNetConfig): Node {
  const width = scaled(STEM_WIDTH, config);
  const { batchNorm } = config;
  if (config.stem === 'axial') {
    // The article gives no widths; these, twice as many out, have the parameters it prints.
    let x = net.input;
    for (let block = 1; block <= STEM_BLOCKS; block++) {
      const stride = block === 1 ? 2 : 1;
      x = axialBlock(net, x, config, { name: `stem/block${block}`, width, stride, dropRate: 0 });
    }
    return stemPooling(net, x);
  }
  const x = convolutionStem(net, { width, batchNorm, stem: config.stem === 'conv' ? 'imagenet' : 'cifar' });
  return config.stem === 'cifar-pool' ? stemPooling(net, x) : x;
}

interface BlockOptions {
  readonly name: string;
  /** Channels of the attention. */
  readonly width: number;
  readonly stride: number;
  readonly dropRate: number;
}

/** 1×1 to the width, attention along both axes (with the stride), ReLU, 1×1 to twice the width, + shortcut, ReLU. */
function axialBlock(net: Blueprint, start: Node, config: AxialResNetConfig, options: BlockOptions): Node {
  const { batchNorm, zeroInitLast } = config;
  const { name, width, stride, dropRate } = options;
  const filters = width * EXPANSION;
  const normalise = (part: string, from: Node, activation: 'none' | 'relu', gammaStart = 1): Node =>
    net.add(new BatchNorm({ name: `${name}/${part}`, activation, gammaStart, ...batchNorm }), from);

  let x = net.add(new Convolution({ name: `${name}/reduce`, filters: width, kernelSize: 1 }), start);
  x = normalise('reduce_bn', x, 'relu');
  x = axialPair(net, x, config, { name, stride, batchNorm });
  x = net.add(new Activation({ name: `${name}/attention_relu`, activation: 'relu' }), x);
  x = net.add(new Convolution({ name: `${name}/expand`, filters, kernelSize: 1 }), x);
  x = normalise('expand_bn', x, 'none', zeroInitLast ? 0 : 1);
  let shortcut = start;
  if (stride !== 1 || channelsOf(start.shape) !== filters) {
    shortcut = net.add(new Convolution({ name: `${name}/shortcut`, filters, kernelSize: 1, stride }), start);
    shortcut = normalise('shortcut_bn', shortcut, 'none');
  }
  if (dropRate > 0) x = net.add(new Dropout({ name: `${name}/drop`, rate: dropRate, perSample: true }), x);
  x = net.add(new Add({ name: `${name}/add` }), x, shortcut);
  return net.add(new Activation({ name: `${name}/relu`, activation: 'relu' }), x);
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

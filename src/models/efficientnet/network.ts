import type { EfficientNetConfig } from './options.js';
import { Add } from '../../layers/add.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { channelsOf } from '../../layers/operator-layer.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { placeAttention } from '../attention.js';
import type { FeatureMap, Features } from '../features.js';
import { badInput } from '../../util/errors.js';
import type { OverTraining } from '../../util/over-training.js';
import { depthRate, dropped } from '../stochastic-depth.js';

/** One row of the paper's table 1: a stage of equal blocks. */
interface Stage {
  /** Number in the paper's numbering: 2 … 8. */
  readonly number: number;
  readonly expansion: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly channels: number;
  readonly repeats: number;
}

const B0_STAGES: readonly Stage[] = [
  { number: 2, expansion: 1, kernelSize: 3, stride: 1, channels: 16, repeats: 1 },
  { number: 3, expansion: 6, kernelSize: 3, stride: 2, channels: 24, repeats: 2 },
  { number: 4, expansion: 6, kernelSize: 5, stride: 2, channels: 40, repeats: 2 },
  { number: 5, expansion: 6, kernelSize: 3, stride: 2, channels: 80, repeats: 3 },
  { number: 6, expansion: 6, kernelSize: 5, stride: 1, channels: 112, repeats: 3 },
  { number: 7, expansion: 6, kernelSize: 5, stride: 2, channels: 192, repeats: 4 },
  { number: 8, expansion: 6, kernelSize: 3, stride: 1, channels: 320, repeats: 1 },
];

interface Variant {
  readonly width: number;
  readonly depth: number;
  readonly dropout: number;
  /** Width of a scaled layer. */
  readonly round: (channels: number) => number;
}

/** The paper's rounding: to the nearest multiple of 8, never below 90 % of the scaled width. */
function toMultipleOf8(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

const paper = (width: number, depth: number, dropout: number): Variant => ({
  width,
  depth,
  dropout,
  round: toMultipleOf8,
});

/** Coefficients of compound scaling: width, depth and dropout of the reference implementation. */
const VARIANTS: Readonly<Record<EfficientNetConfig['variant'], Variant>> = {
  b0: paper(1.0, 1.0, 0.2),
  b1: paper(1.0, 1.1, 0.2),
  b2: paper(1.1, 1.2, 0.3),
  b3: paper(1.2, 1.4, 0.3),
  b4: paper(1.4, 1.8, 0.4),
  b5: paper(1.6, 2.2, 0.4),
  b6: paper(1.8, 2.6, 0.5),
  b7: paper(2.0, 3.1, 0.5),
  // The blog's B4 truncates widths where the paper rounds them to multiples of 8.
  'blog-b4': { width: 1.4, depth: 1.8, dropout: 0.4, round: Math.floor },
};

/**
 * EfficientNet (Tan and Le 2019) with the switches of the involution experiments: what stands in a block's
 * attention slot, which stages are left out, and the kernel size of the depthwise convolutions.
 * Input [H,W,3].
 * @throws InvolveError when the options do not fit the channels or leave no stage.
 */
export function efficientnet(net: Blueprint, config: EfficientNetConfig): Features {
  const variant = VARIANTS[config.variant];
  const widen = (channels: number): number => variant.round(channels * variant.width);
  const stages = B0_STAGES.filter(({ number }) => !config.removeStages.includes(number));
  if (stages.length === 0) {
    throw badInput('E_MODEL_EMPTY', {
      what: 'removeStages leaves no stage of blocks between stem and head',
      where: 'model.removeStages',
      try: 'keep at least one of the stages 2 to 8',
    });
  }
  const blocks = stages.flatMap((stage) => {
    const repeats = Math.ceil(stage.repeats * variant.depth);
    return Array.from({ length: repeats }, (_, index) => ({ stage, index }));
  });

  let x = net.input;
  x = net.add(new Convolution({ name: 'stem/conv', filters: widen(32), kernelSize: 3, stride: 2 }), x);
  x = net.add(batchNorm('stem/bn', config, 'swish'), x);

  const maps: FeatureMap[] = [];
  let reduction = 2;
  for (const [position, { stage, index }] of blocks.entries()) {
    const stride = index === 0 ? stage.stride : 1;
    reduction *= stride;
    x = block(net, x, {
      name: `stage${stage.number}/block${index + 1}`,
      config,
      filters: widen(stage.channels),
      expansion: stage.expansion,
      kernelSize: config.depthwiseKernel ?? stage.kernelSize,
      stride,
      dropRate: depthRate(config.dropConnect, position, blocks.length),
    });
    const isLast = blocks[position + 1]?.stage !== stage;
    if (isLast) maps.push({ name: `stage${stage.number}`, stride: reduction, node: x });
  }

  x = net.add(new Convolution({ name: 'head/conv', filters: widen(1280), kernelSize: 1 }), x);
  x = net.add(batchNorm('head/bn', config, 'swish'), x);
  return { maps, last: x, dropout: config.dropout ?? variant.dropout };
}

interface BlockOptions {
  readonly name: string;
  readonly config: EfficientNetConfig;
  readonly filters: number;
  readonly expansion: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly dropRate: OverTraining;
}

/** Inverted bottleneck: [expand] → depthwise → attention → project, + identity where shapes allow. */
function block(net: Blueprint, start: Node, options: BlockOptions): Node {
  const { name, config, filters, expansion, kernelSize, stride, dropRate } = options;
  const inputChannels = channelsOf(start.shape);
  const expanded = inputChannels * expansion;
  let x = start;
  if (expansion !== 1) {
    x = net.add(new Convolution({ name: `${name}/expand`, filters: expanded, kernelSize: 1 }), x);
    x = net.add(batchNorm(`${name}/expand_bn`, config, 'swish'), x);
  }
  x = net.add(new DepthwiseConvolution({ name: `${name}/depthwise`, kernelSize, stride }), x);
  x = net.add(batchNorm(`${name}/depthwise_bn`, config, 'swish'), x);
  x = placeAttention(net, x, config.attention, {
    block: name,
    activation: 'swish',
    batchNorm: config.batchNorm,
    // Squeezed by the width of the block's input, not by that of the expanded features.
    blockChannels: inputChannels,
  });
  x = net.add(new Convolution({ name: `${name}/project`, filters, kernelSize: 1 }), x);
  x = net.add(batchNorm(`${name}/project_bn`, config, 'none'), x);
  if (stride !== 1 || inputChannels !== filters) return x;
  x = dropped(net, x, name, dropRate);
  return net.add(new Add({ name: `${name}/add` }), x, start);
}

function batchNorm(name: string, config: EfficientNetConfig, activation: 'none' | 'swish'): BatchNorm {
  return new BatchNorm({ name, activation, ...config.batchNorm });
}

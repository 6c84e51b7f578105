import type { XceptionConfig } from './options.js';
import { Activation } from '../../layers/activation.js';
import { Add } from '../../layers/add.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import { MaxPooling } from '../../layers/max-pooling.js';
import { channelsOf } from '../../layers/operator-layer.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { dropoutOf, type FeatureMap, type Features } from '../features.js';
import { placeOperator } from '../../operators/index.js';
import { badInput } from '../../util/errors.js';
import { separableConvolution } from '../../operators/depthwise-separable/separable.js';

type Activate = 'none' | 'relu';

/**
 * Xception (Chollet 2017, figure 5) in Keras's form: entry, middle and exit flow of separable convolutions, each
 * followed by batch norm. Input [H,W,3].
 * @throws InvolveError when two operators are chosen for one place, or one does not fit the channels or the size.
 */
export function xception(net: Blueprint, config: XceptionConfig): Features {
  refuseTwoOperators(config);
  const isLarge = config.stem === 'imagenet';
  const wide = (channels: number): number => widened(channels, config.width);
  let x = stem(net, config, [wide(32), wide(64)]);

  const maps: FeatureMap[] = [];
  let reduction = isLarge ? 2 : 1;
  const keep = (name: string, stride: number): void => {
    reduction *= stride;
    maps.push({ name, stride: reduction, node: x });
  };
  for (const [index, filters] of [128, 256, 728].map(wide).entries()) {
    const stride = index > 0 || isLarge ? 2 : 1;
    x = block(net, x, {
      name: `entry${index + 1}`,
      config,
      widths: [filters, filters],
      // The stem has just ended with a ReLU.
      startsWithRelu: index > 0,
      stride,
    });
    keep(`entry${index + 1}`, stride);
  }
  for (let i = 1; i <= config.middleBlocks; i++) {
    const widths = Array.from({ length: 3 }, () => wide(728));
    x = block(net, x, { name: `middle${i}`, config, widths, startsWithRelu: true, stride: 1 });
  }
  keep('middle', 1);
  x = block(net, x, {
    name: 'exit1',
    config,
    widths: [wide(728), wide(1024)],
    startsWithRelu: true,
    stride: 2,
  });
  for (const [index, filters] of [1536, 2048].map(wide).entries()) {
    x = separable(net, x, { name: `exit2/separable${index + 1}`, config, filters, activation: 'relu' });
  }

  keep('exit', 2);
  return { maps, last: x, dropout: dropoutOf(config.dropout) };
}

/** A width times the multiplier, at least 1. */
export function widened(channels: number, width: number): number {
  return Math.max(1, Math.round(channels * width));
}

// --- internal ---

/** Two 3×3 convolutions: with VALID padding and stride 2 on ImageNet, as they are on small images. */
function stem(net: Blueprint, { stem, batchNorm }: XceptionConfig, widths: readonly number[]): Node {
  const isLarge = stem === 'imagenet';
  let x = net.input;
  for (const [index, filters] of widths.entries()) {
    const convolution = new Convolution({
      name: `stem/conv${index + 1}`,
      filters,
      kernelSize: 3,
      initialization: 'glorot-uniform',
      stride: isLarge && index === 0 ? 2 : 1,
      padding: isLarge ? 'valid' : 'same',
    });
    x = net.add(convolution, x);
    x = net.add(new BatchNorm({ name: `stem/bn${index + 1}`, activation: 'relu', ...batchNorm }), x);
  }
  return x;
}

interface BlockOptions {
  readonly name: string;
  readonly config: XceptionConfig;
  /** Of the separable convolutions. */
  readonly widths: readonly number[];
  readonly startsWithRelu: boolean;
  /** 2: max pooling follows the convolutions. */
  readonly stride: number;
}

/** Separable convolutions with ReLU before each, max pooling where the size is halved, + shortcut. */
function block(net: Blueprint, start: Node, options: BlockOptions): Node {
  const { name, config, widths, startsWithRelu, stride } = options;
  let x = start;
  if (startsWithRelu) x = net.add(new Activation({ name: `${name}/relu`, activation: 'relu' }), x);
  for (const [index, filters] of widths.entries()) {
    // The ReLU before the next one follows this one's batch norm, where it costs nothing.
    const activation = index < widths.length - 1 ? 'relu' : 'none';
    x = separable(net, x, { name: `${name}/separable${index + 1}`, config, filters, activation });
  }
  if (stride > 1) {
    x = net.add(new MaxPooling({ name: `${name}/pool`, size: 3, stride, padding: 'same' }), x);
  }
  if (!config.residual) return x;
  return net.add(new Add({ name: `${name}/add` }), x, shortcut(net, start, channelsOf(x.shape), options));
}

/** The block's input, through a 1×1 convolution where its shape changes. */
function shortcut(net: Blueprint, start: Node, filters: number, options: BlockOptions): Node {
  const { name, stride, config } = options;
  if (stride === 1 && channelsOf(start.shape) === filters) return start;
  const convolution = new Convolution({
    name: `${name}/shortcut`,
    filters,
    kernelSize: 1,
    stride,
    initialization: 'glorot-uniform',
  });
  const norm = new BatchNorm({ name: `${name}/shortcut_bn`, activation: 'none', ...config.batchNorm });
  return net.add(norm, net.add(convolution, start));
}

interface PartOptions {
  readonly name: string;
  readonly config: XceptionConfig;
  readonly filters: number;
  readonly activation: Activate;
}

function separable(net: Blueprint, x: Node, { name, config, filters, activation }: PartOptions): Node {
  const { spatial, batchNorm } = config;
  const y = separableConvolution(net, x, {
    ...config,
    name,
    filters,
    kernelSize: 3,
    placeSpatial: spatial
      ? (from, part) =>
          placeOperator(net, from, spatial, {
            name: part,
            slot: 'model.spatial',
            activation: 'relu',
            stride: 1,
            batchNorm,
          })
      : undefined,
  });
  return net.add(new BatchNorm({ name: `${name}/bn`, activation, ...batchNorm }), y);
}

/** `segments` and `spatiallySeparable` are of the convolution that an operator in `spatial` replaces. */
function refuseTwoOperators({ spatial, segments, spatiallySeparable }: XceptionConfig): void {
  if (!spatial || (segments === 'channels' && !spatiallySeparable)) return;
  const key = spatiallySeparable ? 'spatiallySeparable' : 'segments';
  throw badInput('E_MODEL_OPTIONS', {
    what: `${key} is of the spatial convolution, in whose place ${spatial.type} stands`,
    where: `model.${key}`,
    try: `no model.${key}, or no model.spatial`,
  });
}

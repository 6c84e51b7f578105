import type { WideResNetConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import { Dropout } from '../../layers/dropout.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { badInput } from '../../util/errors.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { addOctaves, addToParts, octaveConvolution, type Octave } from '../../operators/octconv/octave.js';
import { octaveHead } from '../../operators/octconv/head.js';
import { dropoutOf, type FeatureMap, type Features } from '../features.js';
import { octaveMaps } from '../octave-maps.js';
import { placeOperator } from '../../operators/index.js';
import { octaveShare } from '../../operators/octconv/share.js';
import type { TheoreticalShare } from '../../operators/operator.js';

interface ConvolutionOptions {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
}
type Convolve = (x: Octave, options: ConvolutionOptions) => Octave;

/**
 * Wide ResNet WRN-d-k (Zagoruyko and Komodakis 2016): a 3×3 convolution to 16 channels, three groups of
 * pre-activated blocks of two 3×3 convolutions with 16k, 32k and 64k channels, BN, ReLU, global pooling. With α > 0
 * the convolutions of the groups are octave convolutions, the first one with α_in = 0 (Chen et al. 2019), and
 * as many parameters as before.
 * Input [H,W,3].
 * @throws InvolveError when two operators are chosen for one place, or one does not fit
 */
export function wideResNet(net: Blueprint, config: WideResNetConfig): Features {
  const { alpha, lowToHigh, widen, depth, head, batchNorm } = config;
  const operator = config.spatial;
  if (alpha > 0 && !(operator.type === 'conv' && operator.kernelSize === 3)) {
    throw badInput('E_MODEL_OPTIONS', {
      what: `alpha ${alpha} makes every convolution of the groups an octave convolution, 3×3, which leaves no place for ${operator.type}`,
      where: 'model.spatial',
      try: 'model.alpha 0, or no model.spatial',
    });
  }
  const convolve = alpha > 0 ? octaveConvolutions(net, { alpha, lowToHigh }) : plainConvolutions(net, config);
  const stem = new Convolution({ name: 'stem/conv', filters: 16, kernelSize: 3, padding: 'symmetric' });
  let x: Octave = { high: net.add(stem, net.input) };
  const maps: FeatureMap[] = [];
  for (const group of [1, 2, 3]) {
    for (let block = 1; block <= (depth - 4) / 6; block++) {
      x = preActivatedBlock(net, x, {
        name: `group${group}/block${block}`,
        config,
        convolve,
        filters: 16 * widen * 2 ** (group - 1),
        stride: group > 1 && block === 1 ? 2 : 1,
      });
    }
    maps.push(...octaveMaps(x, `group${group}`, 2 ** (group - 1)));
  }
  x = addToParts(
    net,
    x,
    'head/in_bn',
    (part) => new BatchNorm({ ...part, activation: 'relu', ...batchNorm }),
  );
  const last =
    alpha > 0 ? octaveHead(net, x, { head, filters: 64 * widen, useBias: false, batchNorm }) : x.high!;
  return { maps, last, dropout: null };
}

/** Octave convolutions in every place, unlike those of its slot. */
export function wideResNetShare(config: WideResNetConfig): TheoreticalShare<WideResNetConfig> | undefined {
  return octaveShare(config, 'full');
}

interface BlockOptions {
  readonly name: string;
  readonly config: WideResNetConfig;
  readonly convolve: Convolve;
  readonly filters: number;
  readonly stride: number;
}

/**
 * BN, ReLU, convolution (with the stride), BN, ReLU, [dropout], convolution, + shortcut. Where channels or
 * parts change the shortcut is a 1×1 convolution of what the first ReLU puts out (paper's code), else the input.
 */
function preActivatedBlock(net: Blueprint, start: Octave, options: BlockOptions): Octave {
  const { name, config, convolve, filters, stride } = options;
  const activate = (x: Octave, part: string): Octave =>
    addToParts(
      net,
      x,
      `${name}/${part}`,
      (each) => new BatchNorm({ ...each, activation: 'relu', ...config.batchNorm }),
    );
  const activated = activate(start, 'bn1');
  let x = convolve(activated, { name: `${name}/conv1`, filters, kernelSize: 3, stride });
  x = activate(x, 'bn2');
  const rate = dropoutOf(config.dropout);
  if (rate !== null) {
    x = addToParts(net, x, `${name}/dropout`, (each) => new Dropout({ ...each, rate, perSample: false }));
  }
  x = convolve(x, { name: `${name}/conv2`, filters, kernelSize: 3, stride: 1 });
  const channels = [start.high, start.low].reduce(
    (sum, node) => sum + (node ? channelsOf(node.shape) : 0),
    0,
  );
  const shortcut =
    channels !== filters || stride > 1 || !sameParts(start, x)
      ? convolve(activated, { name: `${name}/shortcut`, filters, kernelSize: 1, stride })
      : start;
  return addOctaves(net, x, shortcut, `${name}/add`);
}

function sameParts(a: Octave, b: Octave): boolean {
  return Boolean(a.high) === Boolean(b.high) && Boolean(a.low) === Boolean(b.low);
}

function octaveConvolutions(net: Blueprint, octave: Pick<WideResNetConfig, 'alpha' | 'lowToHigh'>): Convolve {
  return (x, options) => octaveConvolution(net, x, { ...options, ...octave });
}

/** A 3×3 convolution that widens or has a stride is always one; the others are whatever stands in the slot. */
function plainConvolutions(net: Blueprint, { spatial: operator, batchNorm }: WideResNetConfig): Convolve {
  return ({ high }, options) => {
    const { name, filters, kernelSize, stride } = options;
    const x = high!;
    const isSlot = kernelSize === 3 && stride === 1 && channelsOf(x.shape) === filters;
    if (isSlot) {
      const place = { name, stride, batchNorm, slot: 'model.spatial', activation: 'relu' } as const;
      return { high: placeOperator(net, x, operator, place) };
    }
    return { high: net.add(new Convolution({ ...options, padding: 'symmetric' }), x) };
  };
}

import type { OctConvArticleConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { AveragePooling } from '../../layers/pooling.js';
import type { Blueprint } from '../../layers/blueprint.js';
import {
  addOctaves,
  addToParts,
  octaveConvolution,
  poolOctave,
  type Octave,
} from '../../operators/octconv/octave.js';
import type { TheoreticalShare } from '../../operators/operator.js';
import { octaveShare } from '../../operators/octconv/share.js';
import { octaveHead } from '../../operators/octconv/head.js';
import type { FeatureMap, Features } from '../features.js';
import { octaveMaps } from '../octave-maps.js';

/** Convolves to `filters` channels, 3×3. */
type Convolve = (x: Octave, name: string, filters: number) => Octave;

/**
 * The network of koshian2's OctConv article: three groups, each a 3×3 convolution that widens and residual blocks
 * of two, BN and ReLU after each and the sum after the last ReLU, average pooling between the groups. At α = 0 the
 * convolutions are plain and have a bias, and global pooling follows at once; at α > 0 the low part of the input
 * is the averaged image, the octave convolutions have no bias, and a head makes one of the parts.
 * Input [H,W,3].
 */
export function octconvArticle(net: Blueprint, config: OctConvArticleConfig): Features {
  const { alpha, width, blocks, head, batchNorm } = config;
  const isPlain = alpha === 0;
  const convolve = isPlain ? plainConvolution(net, config) : octaveConvolutions(net, config);
  const unit = (x: Octave, name: string, filters: number): Octave =>
    addToParts(
      net,
      convolve(x, name, filters),
      `${name}_bn`,
      (part) => new BatchNorm({ ...part, activation: 'relu', ...batchNorm }),
    );

  let x: Octave = { high: net.input };
  if (!isPlain) {
    x = {
      high: net.input,
      low: net.add(new AveragePooling({ name: 'stem/pool', size: 2, stride: 2 }), net.input),
    };
  }
  const maps: FeatureMap[] = [];
  for (const group of [1, 2, 3]) {
    const filters = width * 2 ** (group - 1);
    if (group > 1) x = poolOctave(net, x, `group${group}/pool`, 2);
    x = unit(x, `group${group}/widen`, filters);
    for (let block = 1; block <= blocks; block++) {
      const name = `group${group}/block${block}`;
      const y = unit(unit(x, `${name}/conv1`, filters), `${name}/conv2`, filters);
      x = addOctaves(net, y, x, `${name}/add`);
    }
    maps.push(...octaveMaps(x, `group${group}`, 2 ** (group - 1)));
  }
  const last = isPlain ? x.high! : octaveHead(net, x, { head, filters: 4 * width, useBias: true, batchNorm });
  return { maps, last, dropout: null };
}

/** What theory says of its octave convolutions. */
export function octconvArticleShare(
  config: OctConvArticleConfig,
): TheoreticalShare<OctConvArticleConfig> | undefined {
  return octaveShare(config, config.kind);
}

function octaveConvolutions(net: Blueprint, { alpha, kind }: OctConvArticleConfig): Convolve {
  return (x, name, filters) => octaveConvolution(net, x, { name, filters, alpha, kernelSize: 3, kind });
}

function plainConvolution(net: Blueprint, { kind }: OctConvArticleConfig): Convolve {
  const options = { padding: 'same', useBias: true, initialization: 'glorot-uniform' } as const;
  return (x, name, filters) => {
    const high = x.high!;
    if (kind === 'full') {
      return { high: net.add(new Convolution({ name, filters, kernelSize: 3, ...options }), high) };
    }
    const depthwise = new DepthwiseConvolution({ name: `${name}/depthwise`, kernelSize: 3 });
    const pointwise = new Convolution({ name: `${name}/pointwise`, filters, kernelSize: 1, ...options });
    return { high: net.add(pointwise, net.add(depthwise, high)) };
  };
}

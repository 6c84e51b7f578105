import { Activation } from '../../layers/activation.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { Convolution } from '../../layers/convolution.js';
import { MaxPooling } from '../../layers/max-pooling.js';
import { WhiteningConvolution } from '../../layers/whitening-convolution.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { placeOperator } from '../../operators/index.js';
import { badInput } from '../../util/errors.js';
import type { FeatureMap, Features } from '../features.js';
import type { AirbenchConfig } from './options.js';

/**
 * The network of airbench ("94% on CIFAR-10 in 3.29 Seconds on a Single GPU", Jordan 2024, section 3 and its code): a
 * 2×2 convolution without padding, then three blocks, each a 3×3 convolution that widens, 2×2 max pooling, BN, activation
 * and a second 3×3 convolution with BN and activation; 3×3 max pooling at the end. Pooling before most of the work is
 * what makes it cheap. The paper's first convolution is frozen at the eigenvectors of patches of the images
 * (`whitening`); without, it learns, and has a BN behind it. At `stemStride` 2 it takes apart images twice as large.
 * Input [H,W,3].
 */
export function airbench(net: Blueprint, config: AirbenchConfig): Features {
  const { stem, stemStride, widths, spatial, activation, initialization, useScale, batchNorm } = config;
  const norm = (name: string, x: Node): Node =>
    net.add(new BatchNorm({ name, activation, useScale, ...batchNorm }), x);
  const pool = (name: string, size: number, x: Node): Node =>
    net.add(new MaxPooling({ name, size, stride: size, padding: 'valid' }), x);

  let x: Node;
  if (config.whitening) {
    const channels = 2 * 2 ** 2 * channelsOf(net.input.shape);
    if (stem !== channels) {
      throw badInput('E_LAYER_OPTIONS', {
        what: `a 2×2 convolution that whitens has ${channels} channels, not ${stem}`,
        where: 'model.stem',
        try: `model.stem ${channels}, or model.whitening false`,
      });
    }
    x = net.add(
      new WhiteningConvolution({ name: 'stem/conv', kernelSize: 2, stride: stemStride }),
      net.input,
    );
    x = net.add(new Activation({ name: 'stem/activation', activation }), x);
  } else {
    x = net.add(
      new Convolution({
        name: 'stem/conv',
        filters: stem,
        kernelSize: 2,
        stride: stemStride,
        padding: 'valid',
      }),
      net.input,
    );
    x = norm('stem/bn', x);
  }
  const maps: FeatureMap[] = [{ name: 'stem', stride: stemStride, node: x }];
  widths.forEach((filters, i) => {
    const name = `block${i + 1}`;
    x = net.add(new Convolution({ name: `${name}/conv1`, filters, kernelSize: 3, initialization }), x);
    x = norm(`${name}/bn1`, pool(`${name}/pool`, 2, x));
    const place = {
      name: `${name}/conv2`,
      stride: 1,
      batchNorm,
      slot: 'model.spatial',
      activation,
      initialization,
    } as const;
    x = norm(`${name}/bn2`, placeOperator(net, x, spatial, place));
    maps.push({ name, stride: stemStride * 2 ** (i + 1), node: x });
  });
  return { maps, last: pool('head/max', 3, x), dropout: null };
}

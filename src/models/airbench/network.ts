import { BatchNorm } from '../../layers/batch-norm.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { Convolution } from '../../layers/convolution.js';
import { MaxPooling } from '../../layers/max-pooling.js';
import { placeOperator } from '../../operators/index.js';
import type { FeatureMap, Features } from '../features.js';
import type { AirbenchConfig } from './options.js';

/**
 * The network of airbench ("94% on CIFAR-10 in 3.29 Seconds on a Single GPU", Jordan 2024, section 3 and its code): a
 * 2×2 convolution without padding, then three blocks, each a 3×3 convolution that widens, 2×2 max pooling, BN, activation
 * and a second 3×3 convolution with BN and activation; 3×3 max pooling at the end. Pooling before most of the work is
 * what makes it cheap. The paper's first convolution is frozen at the eigenvectors of patches of the images; here it
 * learns, and has a BN in the place of the whitening.
 * Input [H,W,3].
 */
export function airbench(net: Blueprint, config: AirbenchConfig): Features {
  const { stem, widths, spatial, activation, useScale, batchNorm } = config;
  const norm = (name: string, x: Node): Node =>
    net.add(new BatchNorm({ name, activation, useScale, ...batchNorm }), x);
  const pool = (name: string, size: number, x: Node): Node =>
    net.add(new MaxPooling({ name, size, stride: size, padding: 'valid' }), x);

  let x = net.add(
    new Convolution({ name: 'stem/conv', filters: stem, kernelSize: 2, padding: 'valid' }),
    net.input,
  );
  x = norm('stem/bn', x);
  const maps: FeatureMap[] = [{ name: 'stem', stride: 1, node: x }];
  widths.forEach((filters, i) => {
    const name = `block${i + 1}`;
    x = net.add(new Convolution({ name: `${name}/conv1`, filters, kernelSize: 3 }), x);
    x = norm(`${name}/bn1`, pool(`${name}/pool`, 2, x));
    const place = { name: `${name}/conv2`, stride: 1, batchNorm, slot: 'model.spatial', activation } as const;
    x = norm(`${name}/bn2`, placeOperator(net, x, spatial, place));
    maps.push({ name, stride: 2 ** (i + 1), node: x });
  });
  return { maps, last: pool('head/max', 3, x), dropout: null };
}

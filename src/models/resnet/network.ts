import type { ResNetConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import { MaxPooling } from '../../layers/max-pooling.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { bottleneckNetwork } from '../bottleneck.js';
import type { Features } from '../features.js';
import type { Stem } from '../residual.js';

/**
 * Bottleneck ResNet (He et al. 2016), the stride on the spatial operator ("v1.5"), any operator in its slot.
 * Input [H,W,C].
 * @throws InvolveError when the operator does not fit.
 */
export function resnet(net: Blueprint, config: ResNetConfig): Features {
  return bottleneckNetwork(net, convolutionStem(net, config), config);
}

/** imagenet: 7×7 convolution at stride 2, max pooling at stride 2; cifar: 3×3 convolution. */
export function convolutionStem(
  net: Blueprint,
  { stem, width, batchNorm }: Pick<ResNetConfig, 'stem' | 'width' | 'batchNorm'>,
): Stem {
  const isLarge = stem === 'imagenet';
  const window = isLarge ? { kernelSize: 7, stride: 2 } : { kernelSize: 3, stride: 1 };
  const conv = new Convolution({ name: 'stem/conv', filters: width, padding: 'symmetric', ...window });
  const x = net.add(
    new BatchNorm({ name: 'stem/bn', activation: 'relu', ...batchNorm }),
    net.add(conv, net.input),
  );
  return isLarge ? { node: stemPooling(net, x), stride: 4 } : { node: x, stride: 1 };
}

/** Max pooling 3×3 at stride 2, as every ImageNet stem ends. */
export function stemPooling(net: Blueprint, x: Node): Node {
  return net.add(new MaxPooling({ name: 'stem/pool', size: 3, stride: 2, padding: 'symmetric' }), x);
}

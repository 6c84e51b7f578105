import type { SpatialConfig } from './options.js';
import type { BatchNormSettings } from '../layers/batch-norm.js';
import { Convolution } from '../layers/convolution.js';
import { Involution } from './involution/layer.js';
import { LocalRelation } from './local-relation/layer.js';
import { LocalSelfAttention } from './local-attention/layer.js';
import { divisorsNear } from './neighbourhood.js';
import { channelsOf } from '../layers/operator-layer.js';
import { SelfAttentionModule } from './san/layer.js';
import { RelationalInvolution } from './involution/relational.js';
import { badInput } from '../util/errors.js';
import { axialPair } from './axial-attention/pair.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import { octaveOnTensor } from './octconv/octave.js';
import { separableConvolution } from './depthwise-separable/separable.js';

export interface SpatialOptions {
  /** The operator's layers are called `<name>` or `<name>/<part>`. */
  readonly name: string;
  readonly stride: number;
  /** Of batch norms that are part of an operator. */
  readonly batchNorm: BatchNormSettings;
}

/**
 * Puts an operator into a network's spatial slot: C → C channels, what follows it (batch norm, activation) is
 * left to the network. Input [H,W,C]; output [⌈H/s⌉,⌈W/s⌉,C].
 * @throws InvolveError when the operator does not fit the channels or the size.
 */
export function spatial(net: Blueprint, x: Node, config: SpatialConfig, options: SpatialOptions): Node {
  const { name, stride, batchNorm } = options;
  const channels = channelsOf(x.shape);
  switch (config.type) {
    case 'conv':
      return net.add(
        new Convolution({
          ...{ name, filters: channels, kernelSize: config.kernelSize, stride },
          padding: 'symmetric',
        }),
        x,
      );
    case 'depthwise-separable':
      return separableConvolution(net, x, {
        ...config,
        ...{ name, stride, batchNorm, filters: channels, initialization: 'he-normal' },
      });
    case 'involution': {
      const { channelsPerGroup, generator, reductionRatio, kernelSize, dilation, initialization } = config;
      const groups = shares(name, channels, 'channelsPerGroup', channelsPerGroup);
      if (config.generation !== 'pixel') {
        const { generation } = config;
        const options = { name, generation, groups, reductionRatio, kernelSize, stride, dilation };
        return net.add(new RelationalInvolution(options), x);
      }
      const operator = new Involution({
        ...{ name, groups, reductionRatio, kernelSize, stride, dilation },
        ...{ generator, initialization, batchNorm },
      });
      return net.add(operator, x);
    }
    case 'octconv':
      return octaveOnTensor(net, x, config, options);
    case 'axial-attention':
      return axialPair(net, x, config, options);
    case 'san-pairwise':
    case 'san-patchwise': {
      const { mapping, reductionRatio, share, kernelSize } = config;
      const relation =
        config.type === 'san-pairwise'
          ? ({ type: 'pairwise', relation: config.relation, position: config.position } as const)
          : ({ type: 'patchwise', relation: config.relation } as const);
      const relationChannels = Math.max(1, Math.floor(channels / reductionRatio));
      return net.add(
        new SelfAttentionModule({
          ...{ name, mapping, filters: channels, relationChannels, share, kernelSize },
          ...{ stride, batchNorm, ...relation },
        }),
        x,
      );
    }
    case 'local-attention': {
      const { kernelSize, channelsPerHead, relation, position, padding } = config;
      const heads =
        channelsPerHead === null ? config.heads : shares(name, channels, 'channelsPerHead', channelsPerHead);
      const options = { name, kernelSize, heads, stride, relation, position, padding };
      return net.add(new LocalSelfAttention(options), x);
    }
    case 'local-relation': {
      const { kernelSize, channelsPerGroup, relation, geometryPrior } = config;
      const options = { name, kernelSize, channelsPerGroup, relation, geometryPrior, stride };
      return net.add(new LocalRelation(options), x);
    }
  }
}

/** Into how many shares of `size` channels, the option `key`, the channels of the layer `name` go. */
function shares(name: string, channels: number, key: string, size: number): number {
  if (channels % size === 0) return channels / size;
  throw badInput('E_LAYER_OPTIONS', {
    what: `layer ${name}: ${key} must divide the channels: ${size} into ${channels}`,
    where: `model.spatial.${key}`,
    try: `${key} ${divisorsNear(channels, size)}`,
  });
}

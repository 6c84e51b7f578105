import type { SasaResNetConfig } from './options.js';
import { AttentionStem, BlockMaxPooling } from '../../operators/local-attention/stem.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { bottleneckNetwork } from '../bottleneck.js';
import type { Features } from '../features.js';
import type { Stem } from '../residual.js';
import { convolutionStem } from '../resnet/network.js';

/** Of the attention stem: appendix of the article, and 64 where it gives none (the embeddings' length). */
const STEM = { heads: 4, embedding: 64 } as const;

/**
 * ResNet of stand-alone self-attention (Ramachandran et al. 2019, section 3): local attention in place of the 3×3
 * convolutions of `spatialStages`, and of the stem if that is asked for. Input [H,W,C].
 * @throws InvolveError when the heads do not fit the channels, or the images are not made of 4×4 blocks.
 */
export function sasaResnet(net: Blueprint, config: SasaResNetConfig): Features {
  const { stem } = config;
  const start = stem === 'attention' ? attentionStem(net, config) : convolutionStem(net, { ...config, stem });
  return bottleneckNetwork(net, start, config);
}

function attentionStem(net: Blueprint, { width, stemMixtures, batchNorm }: SasaResNetConfig): Stem {
  const attention = new AttentionStem({
    name: 'stem/attention',
    filters: width,
    mixtures: stemMixtures,
    ...STEM,
  });
  const x = net.add(attention, net.input);
  const normalised = net.add(new BatchNorm({ name: 'stem/bn', activation: 'relu', ...batchNorm }), x);
  return { node: net.add(new BlockMaxPooling({ name: 'stem/pool' }), normalised), stride: 4 };
}

import type { SanConfig } from './options.js';
import { Add } from '../../layers/add.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import { MaxPooling } from '../../layers/max-pooling.js';
import { SelfAttentionModule, type RelationOptions } from '../../operators/san/layer.js';
import { badInput } from '../../util/errors.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { dropoutOf, type FeatureMap, type Features } from '../features.js';

/** Blocks of the five stages, by the number of blocks that gives a network its name. */
const BLOCKS: Readonly<Record<SanConfig['depth'], readonly number[]>> = {
  10: [2, 1, 2, 4, 1],
  15: [3, 2, 3, 5, 2],
  19: [3, 3, 4, 6, 3],
};
const WIDTHS = [64, 256, 512, 1024, 2048];
const FOOTPRINTS = [3, 7, 7, 7, 7];
/** r₁ and r₂: the related features have a 16th of a block's channels, the values a quarter (section 4). */
const RELATION_RATIO = 16;
const VALUE_RATIO = 4;

/**
 * Self-attention network (Zhao et al. 2020, section 4): a 1×1 stem, then stages of max pooling, a 1×1 transition
 * and pre-activation blocks whose only spatial operation is self-attention. Input [H,W,C].
 * @throws InvolveError when the channels do not divide, or a footprint is too large for its map.
 */
export function san(net: Blueprint, config: SanConfig): Features {
  const stages =
    config.stages ??
    BLOCKS[config.depth].map((blocks, i) => ({
      blocks,
      width: WIDTHS[i],
      kernelSize: FOOTPRINTS[i],
      pool: true,
    }));
  const normalise = (name: string, from: Node): Node =>
    net.add(new BatchNorm({ name, activation: 'relu', ...config.batchNorm }), from);

  let x = net.add(
    new Convolution({ name: 'stem/conv', filters: config.stemWidth, kernelSize: 1 }),
    net.input,
  );
  x = normalise('stem/bn', x);
  const maps: FeatureMap[] = [];
  let stride = 1;
  for (const [index, { blocks, width, kernelSize, pool }] of stages.entries()) {
    const stage = `stage${index + 1}`;
    const { groups } = config;
    const unit = VALUE_RATIO * (typeof groups === 'number' ? groups : groups.channels);
    if (width % unit !== 0) {
      throw badInput('E_LAYER_OPTIONS', {
        what: `${stage}: a width of ${width} does not go into groups ${shown(groups)}: its values have a quarter of the channels`,
        where: `model.stages.${index}.width`,
        try: `a multiple of ${unit}`,
      });
    }
    if (pool) {
      stride *= 2;
      x = net.add(new MaxPooling({ name: `${stage}/pool`, size: 2, stride: 2, padding: 'valid' }), x);
    }
    x = net.add(new Convolution({ name: `${stage}/transition`, filters: width, kernelSize: 1 }), x);
    for (let block = 1; block <= blocks; block++) {
      const name = `${stage}/block${block}`;
      let y = normalise(`${name}/bn1`, x);
      y = net.add(attention(`${name}/attention`, config, width, kernelSize), y);
      y = normalise(`${name}/bn2`, y);
      y = net.add(
        new Convolution({ name: `${name}/expand`, filters: width, kernelSize: 1, useBias: true }),
        y,
      );
      x = net.add(new Add({ name: `${name}/add` }), y, x);
    }
    x = normalise(`${stage}/bn`, x);
    maps.push({ name: stage, stride, node: x });
  }
  return { maps, last: x, dropout: dropoutOf(config.dropout) };
}

function attention(name: string, config: SanConfig, width: number, kernelSize: number): SelfAttentionModule {
  const { attention: chosen, mapping, groups, batchNorm } = config;
  const filters = width / VALUE_RATIO;
  const relation: RelationOptions =
    chosen.type === 'pairwise' ? { ...chosen, position: chosen.position === 'relative' } : chosen;
  return new SelfAttentionModule({
    ...relation,
    name,
    mapping,
    kernelSize,
    batchNorm,
    filters,
    share: typeof groups === 'number' ? filters / groups : groups.channels,
    relationChannels: Math.max(1, Math.floor(width / RELATION_RATIO)),
  });
}

/** Groups as the config has them. */
function shown(groups: SanConfig['groups']): string {
  return typeof groups === 'number' ? String(groups) : `of ${groups.channels} channels`;
}

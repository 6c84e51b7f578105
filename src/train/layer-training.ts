import type { LayersModel } from '../engine/tf.js';
import type { Node } from '../layers/blueprint.js';
import { OperatorLayer, type LayerTraining } from '../layers/operator-layer.js';
import type { Design } from '../tasks/design.js';
import { closestString } from '../util/closest-string.js';
import { badInput } from '../util/errors.js';
import type { StartConfig } from './start-options.js';

/** What `train.freeze` calls all layers but those of the head. */
const FEATURES = 'features';

/**
 * How each layer of a network takes part in training, by its name: which stay as they are, and whose rate is lower.
 *
 * With layer decay the rate of a block is dᵏ times that of the head, k blocks away (Bao et al. 2022, BEiT, appendix; timm's
 * `param_groups_layer_decay`): the stem is the first block, and what stands between the last block and the head goes with
 * that block.
 *
 * @throws InvolveError (exit code 2) where `freeze` names no stage of this network
 */
export function layerTraining(
  { net, features, head }: Design,
  { freeze, freezeBatchNorm, layerDecay, headRate }: Omit<StartConfig, 'from'>,
): ReadonlyMap<string, LayerTraining> {
  const names = net.layerNames;
  const frozen = freeze === null ? new Set<string>() : frozenLayers(freeze, { net, features, head });
  const blocks = blocksOf(names, head);
  const last = Math.max(...blocks.values());
  return new Map(
    names.map((name) => {
      const isFrozen = frozen.has(name);
      const share = layerDecay ** (last - blocks.get(name)!);
      const rate = isFrozen ? 0 : head.has(name) ? headRate : share;
      const fixedStatistics = freezeBatchNorm === 'all' || (isFrozen && freezeBatchNorm === 'frozen-layers');
      return [name, { rate, fixedStatistics }];
    }),
  );
}

/** Tells the layers of a model how they take part. */
export function prepareLayers(model: LayersModel, training: ReadonlyMap<string, LayerTraining>): void {
  for (const layer of model.layers) {
    const own = training.get(layer.name);
    if (own !== undefined && layer instanceof OperatorLayer) layer.training = own;
  }
}

/** Stages that `train.freeze` may name. */
export function stagesOf({ features }: Pick<Design, 'features'>): readonly string[] {
  return [...new Set(features.maps.map(({ name }) => name)), FEATURES];
}

// --- internal ---

/** The layers that a stage's map is made by, and those of all stages before it. */
function frozenLayers(freeze: string, design: Design): ReadonlySet<string> {
  const { net, features, head } = design;
  if (freeze === FEATURES) return new Set(net.layerNames.filter((name) => !head.has(name)));
  // Octave convolution has two maps a stage, of which both belong to it.
  const maps = features.maps.filter(({ name }) => name === freeze);
  if (maps.length === 0) {
    const stages = stagesOf(design);
    const meant = closestString(freeze, stages);
    throw badInput('E_FREEZE', {
      what: `this network has no stage "${freeze}"`,
      where: 'train.freeze',
      try: `${meant ? `did you mean "${meant}"? ` : ''}It has ${stages.join(', ')}`,
    });
  }
  const found = new Set<string>();
  const seen = new Set<Node>();
  const visit = [...maps.map(({ node }) => node)];
  for (let node = visit.pop(); node !== undefined; node = visit.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.layer !== null) found.add(node.layer.name);
    visit.push(...node.inputs);
  }
  return found;
}

/**
 * The number of the block that each layer belongs to, from 0. A block is what begins alike: `stage3/block2/…`, `middle4/…`,
 * `stem/…`.
 */
function blocksOf(names: readonly string[], head: ReadonlySet<string>): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  const found = new Map<string, number>();
  for (const name of names) {
    const [first, second = ''] = name.split('/');
    const isAfterBlocks = first === 'head' && !head.has(name) && numbers.size > 0;
    const block = head.has(name)
      ? 'head of the task'
      : /^block\d+$/.test(second)
        ? `${first}/${second}`
        : first;
    const number = isAfterBlocks ? numbers.size - 1 : (numbers.get(block) ?? numbers.size);
    if (!isAfterBlocks) numbers.set(block, number);
    found.set(name, number);
  }
  return found;
}

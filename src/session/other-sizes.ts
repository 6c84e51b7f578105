import type { Experiment } from '../config/schema.js';
import type { Blueprint, LayerSummary } from '../layers/blueprint.js';
import { targetOf } from '../data/sets/index.js';
import { designFor, designWithHead } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { layerTraining } from '../train/layer-training.js';
import { badInput, InvolveError, type Problem } from '../util/errors.js';

/**
 * Makes sure that the network of an experiment can be, and has the stage that `train.freeze` names.
 * @throws InvolveError (exit code 2)
 */
export function refuseOtherStages({
  data,
  model,
  train,
}: Pick<Experiment, 'data' | 'model' | 'train'>): void {
  layerTraining(designWithHead(taskOfCount(2, { target: targetOf(data) }), model, data.inputSize), train);
}

/**
 * Makes sure that the network of an experiment takes images of the sizes of `train.progressive` too, with the weights
 * and the layers that it has for those of `data.inputSize`.
 * @throws InvolveError (exit code 2)
 */
export function refuseOtherSizes({ data, model, train }: Pick<Experiment, 'data' | 'model' | 'train'>): void {
  const design = (size: number): Blueprint =>
    designFor(taskOfCount(2, { target: targetOf(data) }), model, size);
  const own = train.progressive === null ? undefined : design(data.inputSize);
  const problems = (train.progressive ?? []).flatMap(({ size }, i): Problem[] => {
    const reason = whyNot(own!, () => design(size), size);
    if (reason === undefined) return [];
    const what = `images of ${size}×${size} do not fit the network: ${reason.what}`;
    const none = '--set train.progressive=null';
    const hint = reason.isTied ? `${none}: this network has images of one size` : `a larger size, or ${none}`;
    return [{ what, where: `train.progressive[${i}].size`, try: hint }];
  });
  if (problems.length > 0) throw badInput('E_PROGRESSIVE_SIZE', problems);
}

// --- internal ---

interface Reason {
  readonly what: string;
  /** It is the network that has images of one size, and not this one that is too small for any. */
  readonly isTied: boolean;
}

/** Why a network does not take images of another size; undefined where it does. */
function whyNot(net: Blueprint, design: () => Blueprint, size: number): Reason | undefined {
  const others = refusalOr(() => design().summary());
  if (typeof others === 'string') return { what: others, isTied: false };
  const layers = net.summary();
  const tied = layers.find((layer, i) => !hasSameWeights(layer, others[i])) ?? others[layers.length];
  if (tied !== undefined)
    return { what: `the weights of layer ${tied.name} follow from data.inputSize`, isTied: true };
  const shapes = refusalOr(() => net.shapesFor([size, size, 3]));
  if (typeof shapes === 'string') return { what: shapes, isTied: true };
  const fixed = layers.find((_, i) => shapes[i].slice(1).join() !== others[i].outputShape.join());
  return fixed && { what: `layer ${fixed.name} is made for the maps of data.inputSize`, isTied: true };
}

/** What `work` gives, or what it says of why it cannot. */
function refusalOr<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return error.problems[0].what;
  }
}

function hasSameWeights(layer: LayerSummary, other: LayerSummary | undefined): boolean {
  return (
    layer.name === other?.name &&
    layer.parameters === other.parameters &&
    layer.nonTrainable === other.nonTrainable
  );
}

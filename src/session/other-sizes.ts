import type { Experiment } from '../config/schema.js';
import type { Blueprint, LayerSummary } from '../layers/blueprint.js';
import { designFor } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { badInput, InvolveError, type Problem } from '../util/errors.js';

/**
 * Makes sure that the network of an experiment takes images of the sizes of `train.progressive` too, with the weights
 * and the layers that it has for those of `data.inputSize`.
 * @throws InvolveError (exit code 2)
 */
export function refuseOtherSizes({ data, model, train }: Pick<Experiment, 'data' | 'model' | 'train'>): void {
  const design = (size: number): Blueprint => designFor(taskOfCount(2), model, size);
  const own = train.progressive === null ? undefined : design(data.inputSize);
  const problems = (train.progressive ?? []).flatMap(({ size }, i): Problem[] => {
    const what = whyNot(own!, () => design(size), size);
    const where = `train.progressive[${i}].size`;
    return what === undefined ? [] : [{ what, where, try: `another size, or --set train.progressive=null` }];
  });
  if (problems.length > 0) throw badInput('E_PROGRESSIVE_SIZE', problems);
}

// --- internal ---

/** Why a network does not take images of another size; undefined where it does. */
function whyNot(net: Blueprint, design: () => Blueprint, size: number): string | undefined {
  const images = `images of ${size}×${size} do not fit the network`;
  try {
    const others = design().summary();
    const layers = net.summary();
    const tied = layers.find((layer, i) => !hasSameWeights(layer, others[i]));
    if (tied !== undefined || others.length !== layers.length)
      return `${images}: the weights of layer ${tied?.name ?? others.at(-1)!.name} follow from data.inputSize`;
    const shapes = net.shapesFor([size, size, 3]);
    const fixed = layers.find((_, i) => shapes[i].slice(1).join() !== others[i].outputShape.join());
    return fixed && `${images}: layer ${fixed.name} is made for the maps of data.inputSize`;
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return `${images}: ${error.problems[0].what}`;
  }
}

function hasSameWeights(layer: LayerSummary, other: LayerSummary | undefined): boolean {
  return (
    layer.name === other?.name &&
    layer.parameters === other.parameters &&
    layer.nonTrainable === other.nonTrainable
  );
}

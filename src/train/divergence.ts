import { tidy, type LayersModel, type SymbolicTensor, type Tensor } from '../engine/tf.js';
import { model as makeModel } from '../engine/tf.js';
import { parametersOf, statisticsOf, type StateVariable } from './parameters.js';
import type { StepInputs } from './step/step.js';

/**
 * The layer at fault when the loss of this batch is not finite: a weight that is not, or else the first layer
 * in order whose output is not; undefined when every output is finite.
 */
export function firstNonFiniteLayer(model: LayersModel, inputs: StepInputs): string | undefined {
  // Not the moving statistics: the step that failed has carried its own trouble into them already.
  const weight = firstNonFinite(parametersOf(model));
  if (weight !== undefined) return weight;
  const outputs = model.layers.map((layer) => layer.output as SymbolicTensor);
  // A view on the same layers that puts out every intermediate result.
  const probe = makeModel({ inputs: model.inputs, outputs });
  const { images, seed, done } = inputs;
  return tidy(() => {
    const results = probe.apply(images, { training: true, seed, done }) as Tensor[];
    const index = results.findIndex((result) => !allFinite(result));
    return index < 0 ? undefined : model.layers[index].name;
  });
}

/** The first parameter, else moving statistic, that holds a value that is not finite. */
export function firstNonFiniteWeight(model: LayersModel): string | undefined {
  return firstNonFinite(parametersOf(model)) ?? firstNonFinite(statisticsOf(model));
}

function firstNonFinite(weights: readonly StateVariable[]): string | undefined {
  const found = weights.find(({ variable }) => !allFinite(variable));
  return found && `${found.name} (weight)`;
}

function allFinite(tensor: Tensor): boolean {
  return tensor.dataSync<'float32'>().every(Number.isFinite);
}

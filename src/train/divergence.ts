import { tidy, type LayersModel, type SymbolicTensor, type Tensor } from '../engine/tf.js';
import { model as makeModel } from '../engine/tf.js';
import { parametersOf, statisticsOf } from './parameters.js';
import type { StepInputs } from './step.js';

/**
 * The first layer whose weights or whose output on this batch hold a value that is not finite, in layer
 * order; undefined when every layer's output is finite.
 */
export function firstNonFiniteLayer(model: LayersModel, inputs: StepInputs): string | undefined {
  for (const { name, variable } of [...parametersOf(model), ...statisticsOf(model)]) {
    if (!allFinite(variable)) return `${name} (weight)`;
  }
  const outputs = model.layers.map((layer) => layer.output as SymbolicTensor);
  // A view on the same layers that puts out every intermediate result.
  const probe = makeModel({ inputs: model.inputs, outputs });
  return tidy(() => {
    const results = probe.apply(inputs.images, { training: true, seed: inputs.seed }) as Tensor[];
    const index = results.findIndex((result) => !allFinite(result));
    return index < 0 ? undefined : model.layers[index].name;
  });
}

function allFinite(tensor: Tensor): boolean {
  return tensor.dataSync<'float32'>().every(Number.isFinite);
}

import type { LayersModel, Variable } from '../engine/tf.js';

/** A named tensor of a model's state. */
export interface StateVariable {
  /** `<layer>/<weight>`, unique in the model and the same in every build of it. */
  readonly name: string;
  readonly variable: Variable;
}

/** A trainable weight. */
export interface Parameter extends StateVariable {
  /** Kernels decay; batch norm parameters and biases are told apart by their names. */
  readonly isKernel: boolean;
}

interface ReadableWeight {
  readonly originalName: string;
  read(): unknown;
}

function toVariable(weight: unknown): StateVariable {
  const readable = weight as ReadableWeight;
  return { name: readable.originalName, variable: readable.read() as Variable };
}

/** Trainable weights of a model, in layer order. */
export function parametersOf(model: LayersModel): readonly Parameter[] {
  return model.trainableWeights.map((weight) => {
    const state = toVariable(weight);
    return { ...state, isKernel: state.name.endsWith('kernel') };
  });
}

/** Moving statistics of a model, in layer order. */
export function statisticsOf(model: LayersModel): readonly StateVariable[] {
  return model.nonTrainableWeights.map(toVariable);
}

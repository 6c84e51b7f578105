import type { LayersModel, Variable } from '../engine/tf.js';
import { isConstant, outputAxesOf } from '../layers/weights.js';
import type { ParameterTraits } from './optimizers/define-optimizer.js';

/** A named tensor of a model's state. */
export interface StateVariable {
  /** `<layer>/<weight>`, unique in the model and the same in every build of it. */
  readonly name: string;
  readonly variable: Variable;
}

/** A trainable weight. */
export interface Parameter extends StateVariable, Omit<ParameterTraits, 'shape'> {}

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
  const isKernel = ({ name }: { readonly name: string }): boolean => name.endsWith('kernel');
  // A kernel that is never trained makes its layer the first one all the same.
  const withKernels = model.layers.filter(({ weights }) =>
    weights.some(({ originalName: name }) => isKernel({ name })),
  );
  const outer = [withKernels.at(0), withKernels.at(-1)];
  return model.layers.flatMap((layer) =>
    layer.trainableWeights.map((weight) => {
      const parameter = { ...toVariable(weight), outputAxes: outputAxesOf(weight) };
      return { ...parameter, isKernel: isKernel(parameter), isOuter: outer.includes(layer) };
    }),
  );
}

/** What an optimizer knows of a parameter. */
export function traitsOf({ variable, isKernel, outputAxes, isOuter }: Parameter): ParameterTraits {
  return { shape: variable.shape, isKernel, outputAxes, isOuter };
}

/** Moving statistics of a model, in layer order. */
export function statisticsOf(model: LayersModel): readonly StateVariable[] {
  return model.nonTrainableWeights.filter((weight) => !isConstant(weight)).map(toVariable);
}

/** What training begins with and never changes, in layer order. */
export function constantsOf(model: LayersModel): readonly StateVariable[] {
  return model.nonTrainableWeights.filter(isConstant).map(toVariable);
}

/** All that a model computes with, trained or not. */
export function weightsOf(model: LayersModel): readonly StateVariable[] {
  return [...parametersOf(model), ...statisticsOf(model), ...constantsOf(model)];
}

import type { LayersModel, Variable } from '../engine/tf.js';
import { outputAxesOf } from '../layers/weights.js';
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
  const isKernel = ({ name }: StateVariable): boolean => name.endsWith('kernel');
  const layers = model.layers.map(({ trainableWeights }) =>
    trainableWeights.map((weight) => ({ ...toVariable(weight), outputAxes: outputAxesOf(weight) })),
  );
  const withKernels = layers.filter((weights) => weights.some(isKernel));
  const outer = [withKernels.at(0), withKernels.at(-1)];
  return layers.flatMap((weights) =>
    weights.map((weight) => ({
      ...weight,
      isKernel: isKernel(weight),
      isOuter: outer.includes(weights),
    })),
  );
}

/** What an optimizer knows of a parameter. */
export function traitsOf({ variable, isKernel, outputAxes, isOuter }: Parameter): ParameterTraits {
  return { shape: variable.shape, isKernel, outputAxes, isOuter };
}

/** Moving statistics of a model, in layer order. */
export function statisticsOf(model: LayersModel): readonly StateVariable[] {
  return model.nonTrainableWeights.map(toVariable);
}

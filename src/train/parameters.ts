import type { LayersModel, Variable } from '../engine/tf.js';
import { OperatorLayer, type LayerTraining } from '../layers/operator-layer.js';
import { outputAxesOf, roleOf, type WeightRole } from '../layers/weights.js';
import type { CommonOptions, ParameterTraits } from './optimizers/define-optimizer.js';

/** A named tensor of a model's state. */
export interface StateVariable {
  /** `<layer>/<weight>`, unique in the model and the same in every build of it. */
  readonly name: string;
  readonly variable: Variable;
}

/** A trainable weight. */
export interface Parameter extends StateVariable, Omit<ParameterTraits, 'shape' | 'isKernel'> {
  readonly role: WeightRole;
  /** Its learning rate as a multiple of the network's, 1 where it is not given; 0: it stays as it is. */
  readonly rate?: number;
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
  // A kernel that is never trained makes its layer the first one all the same.
  const withKernels = model.layers.filter(({ weights }) =>
    weights.some((weight) => ['kernel', 'constant'].includes(roleOf(weight))),
  );
  const outer = [withKernels.at(0), withKernels.at(-1)];
  return model.layers.flatMap((layer) => {
    const rateOf = rateIn(layer);
    return layer.trainableWeights.map((weight) => {
      const named = toVariable(weight);
      return {
        ...named,
        role: roleOf(weight),
        rate: rateOf(named.name),
        outputAxes: outputAxesOf(weight),
        isOuter: outer.includes(layer),
      };
    });
  });
}

/** Those that learn. */
export function learnersOf(model: LayersModel): readonly Parameter[] {
  return parametersOf(model).filter(({ rate }) => rate !== 0);
}

/** Whether a parameter is a kernel, and whether it decays, by what a config says of that. */
export function roleIn(
  { decayBy, decayNormAndBias }: Pick<CommonOptions, 'decayBy' | 'decayNormAndBias'>,
  { name, role }: Pick<Parameter, 'name' | 'role'>,
): { readonly isKernel: boolean; readonly decays: boolean } {
  if (decayBy === 'name') {
    const isKernel = name.endsWith('kernel');
    return { isKernel, decays: isKernel || decayNormAndBias };
  }
  const isKernel = role === 'kernel';
  return { isKernel, decays: isKernel || role === 'position' || decayNormAndBias };
}

/** What an optimizer of this config knows of a parameter. */
export function traitsOf(config: CommonOptions, parameter: Parameter): ParameterTraits {
  const { variable, outputAxes, isOuter } = parameter;
  return { shape: variable.shape, isKernel: roleIn(config, parameter).isKernel, outputAxes, isOuter };
}

/** Moving statistics of a model, in layer order. */
export function statisticsOf(model: LayersModel): readonly StateVariable[] {
  return model.nonTrainableWeights.filter((weight) => roleOf(weight) === 'statistic').map(toVariable);
}

/** What training begins with and never changes, in layer order. */
export function constantsOf(model: LayersModel): readonly StateVariable[] {
  return model.nonTrainableWeights.filter((weight) => roleOf(weight) === 'constant').map(toVariable);
}

/** All that a model computes with, trained or not. */
export function weightsOf(model: LayersModel): readonly StateVariable[] {
  return [...parametersOf(model), ...statisticsOf(model), ...constantsOf(model)];
}

/** Those that follow the batches. */
export function movingStatisticsOf(model: LayersModel): readonly StateVariable[] {
  return model.layers
    .filter((layer) => trainingOf(layer)?.fixedStatistics !== true)
    .flatMap(({ nonTrainableWeights }) => nonTrainableWeights)
    .filter((weight) => roleOf(weight) !== 'constant')
    .map(toVariable);
}

// --- internal ---

function trainingOf(layer: unknown): LayerTraining | undefined {
  return layer instanceof OperatorLayer ? layer.training : undefined;
}

/** The rate of a layer's weights by their names. */
function rateIn(layer: unknown): (name: string) => number {
  const { rate, fixedStatistics } = trainingOf(layer) ?? { rate: 1, fixedStatistics: false };
  return (name) => (fixedStatistics && /(gamma|beta)$/.test(name) ? 0 : rate);
}

import { tensor, type LayersModel, type Tensor } from '../engine/tf.js';
import type { Sums } from '../tasks/task.js';
import { badInput } from '../util/errors.js';
import type { ExponentialMovingAverage } from './ema.js';
import type { EmaConfig } from './ema-options.js';
import type { PatienceState } from './epoch/patience.js';
import { slotShapes, type Optimizer } from './optimizer.js';
import type { OptimizerConfig } from './optimizer-options.js';
import {
  constantsOf,
  learnersOf,
  parametersOf,
  statisticsOf,
  traitsOf,
  weightsOf,
  type StateVariable,
} from './parameters.js';
import { PLATEAU_START, type PlateauState } from './schedules/plateau-state.js';

/** The best epoch so far, by the quantity the config names. */
export interface Best {
  readonly epoch: number;
  readonly value: number;
}

/** Where training stands: all that is not a tensor. Plain numbers, stored as JSON. */
export interface Progress {
  /** The epoch in progress, from 0. */
  readonly epoch: number;
  /** The next batch of that epoch. */
  readonly batch: number;
  /** Steps done since the start. */
  readonly step: number;
  /** Of the task's metrics, over the part of the epoch that is done. */
  readonly sums: Sums;
  readonly plateau: PlateauState;
  /** Only where training ends by it, and an epoch is over. */
  readonly patience?: PatienceState;
  readonly best: Best | null;
  /** The best epochs, in order, where their checkpoints are kept. */
  readonly kept?: readonly Best[];
  readonly seed: number;
}

/** Where training with this seed begins; `sums` are those of no image. */
export function startOf(seed: number, sums: Sums): Progress {
  return { epoch: 0, batch: 0, step: 0, sums, plateau: PLATEAU_START, best: null, seed };
}

/** A float32 tensor off the engine. */
export interface StateTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Everything a run needs to go on as if it had never stopped. */
export interface TrainingState {
  readonly progress: Progress;
  /** Weights and moving statistics under their names; `optimizer/…` slots; `ema/…` averages. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
}

/** The parts of training that own tensors. */
export interface Stateful {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly ema: ExponentialMovingAverage | undefined;
}

/** Copies the whole state off the engine. */
export function captureState(parts: Stateful, progress: Progress): TrainingState {
  const tensors = new Map<string, StateTensor>();
  for (const { name, variable } of stateVariables(parts)) {
    tensors.set(name, { shape: variable.shape, data: Float32Array.from(variable.dataSync<'float32'>()) });
  }
  return { progress, tensors };
}

/**
 * Puts a saved state back on the engine.
 * @throws InvolveError E_CHECKPOINT_FOREIGN when it is of another architecture or optimizer
 */
export function restoreState(parts: Stateful, state: TrainingState, source: string): void {
  assignAll(stateVariables(parts), state.tensors, source, true);
}

/**
 * Makes sure that a saved state is one of this model and this training, and changes nothing.
 * @throws InvolveError E_CHECKPOINT_FOREIGN as `restoreState` does
 */
export function checkState(
  model: LayersModel,
  config: { readonly optimizer: OptimizerConfig; readonly ema: EmaConfig },
  state: TrainingState,
  source: string,
): void {
  const parameters = learnersOf(model);
  const weights = [...parametersOf(model), ...statisticsOf(model)].map(shapeOf);
  const prefixed = (prefix: string, list: readonly NamedShape[]): NamedShape[] =>
    list.map(({ name, shape }) => ({ name: `${prefix}/${name}`, shape }));
  const expected = [
    ...weights,
    ...constantsOf(model).map(shapeOf),
    ...prefixed(
      'optimizer',
      slotShapes(
        config.optimizer,
        parameters.map((parameter) => ({ name: parameter.name, ...traitsOf(config.optimizer, parameter) })),
      ),
    ),
    ...(config.ema === null ? [] : prefixed('ema', weights)),
  ];
  refuseForeign(expected, state.tensors, source, true);
}

/**
 * Puts some weights and statistics into a model, by their names; the others stay as they are.
 * @throws InvolveError E_CHECKPOINT_FOREIGN where one has another shape
 */
export function putWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, StateTensor>,
  source: string,
): void {
  assignAll(
    weightsOf(model).filter(({ name }) => tensors.has(name)),
    tensors,
    source,
    false,
  );
}

/** Puts saved weights into a model for evaluation: the averaged ones where the run kept an average. */
export function restoreWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, StateTensor>,
  source: string,
): void {
  const averaged = weightsOf(model).map(({ name, variable }) => ({
    name: tensors.has(`ema/${name}`) ? `ema/${name}` : name,
    variable,
  }));
  assignAll(averaged, tensors, source, false);
}

// --- internal ---

function stateVariables({ model, optimizer, ema }: Stateful): StateVariable[] {
  const prefixed = (prefix: string, list: readonly StateVariable[]): StateVariable[] =>
    list.map(({ name, variable }) => ({ name: `${prefix}/${name}`, variable }));
  return [
    ...parametersOf(model),
    ...statisticsOf(model),
    ...constantsOf(model),
    ...prefixed('optimizer', optimizer.slots),
    ...prefixed('ema', ema?.averages ?? []),
  ];
}

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

function shapeOf({ name, variable }: StateVariable): NamedShape {
  return { name, shape: variable.shape };
}

function refuseForeign(
  expected: readonly NamedShape[],
  tensors: ReadonlyMap<string, StateTensor>,
  source: string,
  exactly: boolean,
): void {
  const differences: string[] = [];
  const known = new Set<string>();
  for (const { name, shape } of expected) {
    known.add(name);
    const saved = tensors.get(name);
    if (!saved) differences.push(`${name} is missing`);
    else if (saved.shape.join() !== shape.join()) {
      differences.push(`${name} is [${saved.shape.join(', ')}], the model's is [${shape.join(', ')}]`);
    }
  }
  if (exactly)
    for (const name of tensors.keys()) if (!known.has(name)) differences.push(`${name} is not in the model`);
  if (differences.length > 0) {
    const more = differences.length > 4 ? `; and ${differences.length - 4} more` : '';
    throw badInput('E_CHECKPOINT_FOREIGN', {
      what: `the checkpoint is of another architecture: ${differences.slice(0, 4).join('; ')}${more}`,
      where: source,
      try: 'put the checkpoint of this run back, or use the config that the checkpoint was made with',
    });
  }
}

function assignAll(
  variables: readonly StateVariable[],
  tensors: ReadonlyMap<string, StateTensor>,
  source: string,
  exactly: boolean,
): void {
  refuseForeign(variables.map(shapeOf), tensors, source, exactly);
  for (const { name, variable } of variables) {
    const { data, shape } = tensors.get(name)!;
    const value: Tensor = tensor(data, [...shape], 'float32');
    variable.assign(value);
    value.dispose();
  }
}

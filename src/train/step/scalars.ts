import { scalar, type Scalar } from '../../engine/tf.js';
import type { ProgramInput, ProgramValues } from '../../engine/program/program.js';

/**
 * The numbers that change from step to step. None is computed within a step, which is recorded once: each is fed as a
 * scalar of its name, where the step takes it.
 */
export const STEP_SCALARS = {
  /** Of dropout and whatever else is random on the engine. */
  seed: 'int32',
  learningRate: 'float32',
  /** The share of training that is behind the step, where layers of the network follow it. */
  done: 'float32',
  /** Where the schedule drives the momentum: it, 1 minus it, and its tth power in step t, counted from 1. */
  momentum: 'float32',
  momentumRest: 'float32',
  momentumPower: 'float32',
  /** Of the average of the weights, where it warms up. */
  averageDecay: 'float32',
} as const satisfies Readonly<Record<string, ProgramInput['dtype']>>;

export type StepScalarName = keyof typeof STEP_SCALARS;

/** What every step takes; the others are asked for by the config. */
type Always = 'seed' | 'learningRate';
type Scalars<T> = { readonly [Name in Always]: T } & {
  readonly [Name in Exclude<StepScalarName, Always>]?: T;
};

export type StepScalars = Scalars<number>;
export type StepScalarTensors = Scalars<Scalar>;

/** As inputs of a recorded step. */
export function scalarInputs<Name extends StepScalarName>(
  names: readonly Name[],
): { readonly [Each in Name]: ProgramInput } {
  return byName(names, (name): ProgramInput => ({ shape: [], dtype: STEP_SCALARS[name] }));
}

/** As what a recorded step is fed. */
export function scalarValues(names: readonly StepScalarName[], scalars: StepScalars): ProgramValues {
  return byName(names, (name) =>
    (STEP_SCALARS[name] === 'int32' ? Int32Array : Float32Array).of(given(name, scalars)),
  );
}

/** As what a step takes that is not recorded. The tensors belong to the scope of the caller. */
export function scalarTensors(names: readonly StepScalarName[], scalars: StepScalars): StepScalarTensors {
  const tensors = byName(names, (name) => scalar(given(name, scalars), STEP_SCALARS[name]));
  return tensors as unknown as StepScalarTensors;
}

// --- internal ---

function byName<Name extends string, T>(
  names: readonly Name[],
  value: (name: Name) => T,
): { readonly [Each in Name]: T } {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as { [Each in Name]: T };
}

function given(name: StepScalarName, scalars: StepScalars): number {
  const value = scalars[name];
  if (value === undefined) throw new Error(`a step takes ${name}, and was not given it`);
  return value;
}

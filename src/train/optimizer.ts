import { callKernel } from '../engine/kernels/call-kernel.js';
import { KERNELS } from '../engine/kernels/index.js';
import type { KernelBase } from '../engine/kernels/kernel.js';
import {
  mul,
  scalar,
  tidy,
  variable,
  zerosLike,
  type Scalar,
  type Tensor,
  type Variable,
} from '../engine/tf.js';
import { optimizerRow, type OptimizerConfig } from './optimizer-options.js';
import type { Parameter, StateVariable } from './parameters.js';

/** Turns gradients into new parameters; all it remembers is in `slots`, so a checkpoint can hold it. */
export interface Optimizer {
  /** Moments, velocities and powers, named after their parameters. */
  readonly slots: readonly StateVariable[];
  /** One step. `gradients` by parameter name; `learningRate` is fed, never computed here. */
  apply(gradients: ReadonlyMap<string, Tensor>, learningRate: Scalar): void;
  dispose(): void;
}

/** Names and shapes of the slots that `createOptimizer` makes for these parameters, in its order. */
export function slotShapes(
  config: OptimizerConfig,
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
): { readonly name: string; readonly shape: readonly number[] }[] {
  const row = optimizerRow(config);
  const own = parameters.flatMap(({ name, shape }) =>
    Object.values(row.slots).map((slot) => ({ name: `${name}/${slot}`, shape })),
  );
  return [...own, ...Object.values(row.scalars).map(({ name }) => ({ name, shape: [] }))];
}

/** Makes the optimizer of a config for these parameters: all slots zero, the scalars as its row says. */
export function createOptimizer(config: OptimizerConfig, parameters: readonly Parameter[]): Optimizer {
  const row = optimizerRow(config);
  const kernel = KERNELS.find(({ name }) => name === row.kernel)!;
  const slots: StateVariable[] = [];
  const keep = (name: string, start: Tensor): Variable => {
    const made = variable(start, false);
    start.dispose();
    slots.push({ name, variable: made });
    return made;
  };
  const own = new Map(
    parameters.map(({ name, variable: parameter }) => [
      name,
      Object.entries(row.slots).map(
        ([input, slot]) => [input, keep(`${name}/${slot}`, zerosLike(parameter))] as const,
      ),
    ]),
  );
  const scalars = Object.entries(row.scalars).map(([input, { name, start, factor }]) => ({
    input,
    value: keep(name, scalar(start)),
    factor: factor(config),
  }));

  return {
    slots,
    apply(gradients, learningRate) {
      tidy(() => {
        // They are state on the engine: no number that changes by step comes from here.
        for (const { value, factor } of scalars) value.assign(mul(value, scalar(factor)));
        const shared = Object.fromEntries(scalars.map(({ input, value }) => [input, value]));
        for (const { name, variable: parameter, isKernel } of parameters) {
          const gradient = gradients.get(name);
          if (!gradient) continue;
          const mine = own.get(name)!;
          const weightDecay = isKernel || config.decayNormAndBias ? config.weightDecay : 0;
          const updated = callUpdate(
            kernel,
            { parameter, gradient, learningRate, ...Object.fromEntries(mine), ...shared },
            row.attributes(config, weightDecay),
          );
          parameter.assign(updated.parameter);
          for (const [input, slot] of mine) slot.assign(updated[input]);
        }
      });
    },
    dispose() {
      for (const slot of slots) slot.variable.dispose();
    },
  };
}

/** A call whose inputs and outputs `defineOptimizer` has checked: rows name what their kernels take and give. */
const callUpdate = callKernel as unknown as (
  kernel: KernelBase,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: object,
) => Readonly<Record<string, Tensor>>;

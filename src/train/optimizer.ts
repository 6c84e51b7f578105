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
import type { ParameterTraits } from './optimizers/define-optimizer.js';
import { traitsOf, type Parameter, type StateVariable } from './parameters.js';

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
  parameters: readonly (ParameterTraits & { readonly name: string })[],
): { readonly name: string; readonly shape: readonly number[] }[] {
  const { rules, ruleOf } = optimizerRow(config);
  const own = parameters.flatMap((parameter) =>
    Object.values(rules[ruleOf(parameter, config)].slots).map((slot) => ({
      name: `${parameter.name}/${slot}`,
      shape: parameter.shape,
    })),
  );
  const scalars = rules.flatMap((rule) => Object.values(rule.scalars));
  return [...own, ...scalars.map(({ name }) => ({ name, shape: [] }))];
}

/** Makes the optimizer of a config for these parameters: all slots zero, the scalars as its row says. */
export function createOptimizer(config: OptimizerConfig, parameters: readonly Parameter[]): Optimizer {
  const { rules, ruleOf } = optimizerRow(config);
  const slots: StateVariable[] = [];
  const keep = (name: string, start: Tensor): Variable => {
    const made = variable(start, false);
    start.dispose();
    slots.push({ name, variable: made });
    return made;
  };
  const own = parameters.map((parameter) => {
    const traits = traitsOf(parameter);
    const which = ruleOf(traits, config);
    const rule = rules[which];
    const weightDecay = parameter.isKernel || config.decayNormAndBias ? config.weightDecay : 0;
    return {
      ...parameter,
      which,
      attributes: rule.attributes(config, weightDecay, traits),
      slots: Object.entries(rule.slots).map(
        ([input, slot]) => [input, keep(`${parameter.name}/${slot}`, zerosLike(parameter.variable))] as const,
      ),
    };
  });
  const steps = rules.map(({ kernel, scalars, rate }) => ({
    kernel: KERNELS.find(({ name }) => name === kernel)!,
    rate: rate?.(config) ?? 1,
    scalars: Object.entries(scalars).map(([input, { name, start, factor }]) => ({
      input,
      value: keep(name, scalar(start)),
      factor: factor(config),
    })),
  }));

  return {
    slots,
    apply(gradients, fed) {
      tidy(() => {
        const shared = steps.map(({ rate, scalars }) => {
          // They are state on the engine: no number that changes by step comes from here.
          for (const { value, factor } of scalars) value.assign(mul(value, scalar(factor)));
          const learningRate = rate === 1 ? fed : mul<Scalar>(fed, scalar(rate));
          return {
            learningRate,
            ...Object.fromEntries(scalars.map(({ input, value }) => [input, value])),
          };
        });
        for (const { name, variable: parameter, which, attributes, slots: mine } of own) {
          const gradient = gradients.get(name);
          if (!gradient) continue;
          const inputs = { parameter, gradient, ...Object.fromEntries(mine), ...shared[which] };
          const updated = callUpdate(steps[which].kernel, inputs, attributes);
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

import { callKernel } from '../engine/kernels/call-kernel.js';
import { KERNELS } from '../engine/kernels/index.js';
import { WeightedSum } from '../engine/kernels/updates/weighted-sum.js';
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
import type { DrivenMomentum, ParameterTraits } from './optimizers/define-optimizer.js';
import { roleIn, traitsOf, type Parameter, type StateVariable } from './parameters.js';

/** Turns gradients into new parameters; all it remembers is in `slots`, so a checkpoint can hold it. */
export interface Optimizer {
  /** Moments, velocities and powers, named after their parameters. */
  readonly slots: readonly StateVariable[];
  /**
   * One step. `gradients` by parameter name; `learningRate` is fed, never computed here, and so is the momentum where a
   * schedule drives it.
   */
  apply(gradients: ReadonlyMap<string, Tensor>, learningRate: Scalar, momentum?: FedMomentum): void;
  dispose(): void;
}

/** The momentum μ of a step t, counted from 1. */
export interface FedMomentum {
  readonly momentum: Scalar;
  /** 1 − μ. */
  readonly rest: Scalar;
  /** μᵗ. */
  readonly power: Scalar;
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

/**
 * Makes the optimizer of a config for these parameters, which are those that learn: all slots zero, the scalars as its
 * row says.
 */
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
    const traits = traitsOf(config, parameter);
    const which = ruleOf(traits, config);
    const rule = rules[which];
    const weightDecay = roleIn(config, parameter).decays ? config.weightDecay : 0;
    return {
      ...parameter,
      which,
      attributes: rule.attributes(config, weightDecay, traits),
      penalty: rule.momentum?.penalty?.(config, weightDecay) ?? 0,
      slots: Object.entries(rule.slots).map(
        ([input, slot]) => [input, keep(`${parameter.name}/${slot}`, zerosLike(parameter.variable))] as const,
      ),
    };
  });
  const steps = rules.map(({ kernel, scalars, rate, momentum }) => ({
    kernel: KERNELS.find(({ name }) => name === kernel)!,
    rate: rate?.(config) ?? 1,
    driven: momentum && { ...momentum, nesterov: momentum.nesterov?.(config) ?? false },
    scalars: Object.entries(scalars).map(([input, { name, start, factor }]) => ({
      input,
      value: keep(name, scalar(start)),
      factor: factor(config),
    })),
  }));

  return {
    slots,
    apply(gradients, fed, momentum) {
      tidy(() => {
        const shared = steps.map(({ rate, scalars, driven }) => {
          // They are state on the engine: no number that changes by step comes from here.
          for (const { input, value, factor } of scalars) {
            const isFed = momentum !== undefined && input === driven?.power;
            value.assign(isFed ? mul(momentum.power, scalar(1)) : mul(value, scalar(factor)));
          }
          const learningRate = rate === 1 ? fed : mul<Scalar>(fed, scalar(rate));
          return {
            learningRate,
            ...Object.fromEntries(scalars.map(({ input, value }) => [input, value])),
          };
        });
        const rated = new Map<string, Scalar>();
        /** The rate of a rule for parameters that have their own multiple of it. */
        const rateOf = (which: number, rate: number): Scalar => {
          const whole = shared[which].learningRate;
          if (rate === 1) return whole;
          const key = `${which} ${rate}`;
          const made = rated.get(key) ?? mul<Scalar>(whole, scalar(rate));
          rated.set(key, made);
          return made;
        };
        for (const { name, variable: parameter, which, rate = 1, attributes, penalty, slots: mine } of own) {
          const gradient = gradients.get(name);
          if (!gradient) continue;
          const { kernel, driven } = steps[which];
          const slots = Object.fromEntries<Tensor>(mine);
          const moved =
            momentum && moveSlot(driven!, slots, withPenalty(gradient, parameter, penalty), momentum);
          // What is in the gradient already is no part of the kernel's step.
          const without = { ...driven?.without, ...(penalty === 0 ? {} : { weightDecay: 0 }) };
          const inputs = {
            ...{ parameter, gradient, ...slots, ...moved?.inputs, ...shared[which] },
            learningRate: rateOf(which, rate),
          };
          const updated = {
            ...callUpdate(kernel, inputs, { ...attributes, ...(moved && without) }),
            ...moved?.slot,
          };
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

// --- internal ---

/** A gradient with that of ½·penalty·θ². */
function withPenalty(gradient: Tensor, parameter: Tensor, penalty: number): Tensor {
  if (penalty === 0) return gradient;
  const weights = { leftWeight: scalar(1), rightWeight: scalar(penalty) };
  return callKernel(WeightedSum, { left: gradient, right: parameter, ...weights });
}

/** Moves the slot that holds the momentum: what the kernel is given in place of its own, and what the slot is then. */
function moveSlot(
  { kind, slot, nesterov }: Pick<DrivenMomentum<OptimizerConfig>, 'kind' | 'slot'> & { nesterov: boolean },
  slots: Readonly<Record<string, Tensor>>,
  gradient: Tensor,
  { momentum, rest }: FedMomentum,
): { inputs: Readonly<Record<string, Tensor>>; slot: Readonly<Record<string, Tensor>> } {
  const sum = (left: Tensor, leftWeight: Scalar, right: Tensor, rightWeight: Scalar): Tensor =>
    callKernel(WeightedSum, { left, leftWeight, right, rightWeight });
  if (kind === 'average') {
    const average = { [slot]: sum(slots[slot], momentum, gradient, rest) };
    return { inputs: average, slot: average };
  }
  const one = scalar(1);
  const velocity = sum(slots[slot], momentum, gradient, one);
  const step = nesterov ? sum(gradient, one, velocity, momentum) : velocity;
  return { inputs: { gradient: step, [slot]: velocity }, slot: { [slot]: velocity } };
}

/** A call whose inputs and outputs `defineOptimizer` has checked: rows name what their kernels take and give. */
const callUpdate = callKernel as unknown as (
  kernel: KernelBase,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: object,
) => Readonly<Record<string, Tensor>>;

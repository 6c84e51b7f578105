import type { OptimizerConfig } from './optimizer-options.js';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { AdamUpdate } from '../engine/kernels/updates/adam.js';
import { RmsPropUpdate } from '../engine/kernels/updates/rms-prop.js';
import { SgdUpdate } from '../engine/kernels/updates/sgd.js';
import {
  mul,
  scalar,
  tidy,
  variable,
  zerosLike,
  type Rank,
  type Scalar,
  type Tensor,
  type Variable,
} from '../engine/tf.js';
import type { Parameter, StateVariable } from './parameters.js';

/** Turns gradients into new parameters; all it remembers is in `slots`, so a checkpoint can hold it. */
export interface Optimizer {
  /** Moments, velocities and powers, named after their parameters. */
  readonly slots: readonly StateVariable[];
  /** One step. `gradients` by parameter name; `learningRate` is fed, never computed here. */
  apply(gradients: ReadonlyMap<string, Tensor>, learningRate: Scalar): void;
  dispose(): void;
}

/** The slots of each optimizer beside every parameter, in the order of its kernel's outputs. */
const SLOTS = {
  adam: ['first_moment', 'second_moment'],
  adamw: ['first_moment', 'second_moment'],
  sgd: ['velocity'],
  rmsprop: ['mean_square', 'velocity'],
} as const;

/** Makes the optimizer of a config for these parameters, all slots zero, PyTorch's definitions. */
export function createOptimizer(config: OptimizerConfig, parameters: readonly Parameter[]): Optimizer {
  const own = new Map<string, Variable[]>();
  const slots: StateVariable[] = [];
  const keep = <R extends Rank>(name: string, start: Tensor<R>): Variable<R> => {
    const made = variable(start, false);
    start.dispose();
    slots.push({ name, variable: made });
    return made;
  };
  for (const { name, variable: parameter } of parameters) {
    own.set(
      name,
      SLOTS[config.name].map((slot) => keep(`${name}/${slot}`, zerosLike(parameter))),
    );
  }
  const powers =
    config.name === 'adam' || config.name === 'adamw'
      ? ([keep('beta1_power', scalar(1)), keep('beta2_power', scalar(1))] as const)
      : undefined;

  const update = (
    parameter: Parameter,
    gradient: Tensor,
    learningRate: Scalar,
  ): Readonly<Record<string, Tensor>> => {
    const weightDecay = parameter.isKernel || config.decayNormAndBias ? config.weightDecay : 0;
    const common = { parameter: parameter.variable, gradient, learningRate };
    const [a, b] = own.get(parameter.name)!;
    switch (config.name) {
      case 'sgd': {
        const { momentum, nesterov } = config;
        return callKernel(SgdUpdate, { ...common, velocity: a }, { momentum, nesterov, weightDecay });
      }
      case 'rmsprop': {
        const { decay, momentum, epsilon } = config;
        return callKernel(
          RmsPropUpdate,
          { ...common, meanSquare: a, velocity: b },
          { decay, momentum, epsilon, weightDecay },
        );
      }
      default: {
        const { beta1, beta2, epsilon } = config;
        const [beta1Power, beta2Power] = powers!;
        return callKernel(
          AdamUpdate,
          { ...common, firstMoment: a, secondMoment: b, beta1Power, beta2Power },
          { beta1, beta2, epsilon, weightDecay },
        );
      }
    }
  };

  return {
    slots,
    apply(gradients, learningRate) {
      tidy(() => {
        if (powers && (config.name === 'adam' || config.name === 'adamw')) {
          // The powers βᵗ are state on the engine: no number that changes by step comes from here.
          powers[0].assign(mul(powers[0], scalar(config.beta1)));
          powers[1].assign(mul(powers[1], scalar(config.beta2)));
        }
        for (const parameter of parameters) {
          const gradient = gradients.get(parameter.name);
          if (!gradient) continue;
          const [value, ...rest] = Object.values(update(parameter, gradient, learningRate));
          parameter.variable.assign(value);
          own.get(parameter.name)!.forEach((slot, i) => slot.assign(rest[i]));
        }
      });
    },
    dispose() {
      for (const slot of slots) slot.variable.dispose();
    },
  };
}

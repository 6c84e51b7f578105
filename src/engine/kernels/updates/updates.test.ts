import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../tf.js';
import { expectClose, openReference, patternTensor, valuesOf } from '../../testing.js';
import { callKernel } from '../call-kernel.js';
import { AdamUpdate } from './adam.js';
import { RmsPropUpdate } from './rms-prop.js';
import { SgdUpdate } from './sgd.js';
import golden from './updates.golden.json' with { type: 'json' };

beforeAll(openReference);

const DECAY = { weightDecay: 0 };
const zeros = (): tf.Tensor => tf.zeros([6]);

/** Each kernel as (parameter, slots, gradient, step from 1) → [parameter, ...slots]. */
function stepper(config: (typeof golden.cases)[number]['config']) {
  const learningRate = tf.scalar(config.learningRate);
  return ([parameter, a, b]: readonly tf.Tensor[], gradient: tf.Tensor, t: number): tf.Tensor[] => {
    const common = { parameter, gradient, learningRate };
    const { weightDecay, momentum = 0, nesterov = false, decay = 0, epsilon = 0 } = config;
    const decoupled = config.decoupledDecay ?? true;
    if (config.name === 'sgd')
      return Object.values(
        callKernel(SgdUpdate, { ...common, velocity: a }, { momentum, nesterov, weightDecay, decoupled }),
      );
    if (config.name === 'rmsprop') {
      const attrs = { decay, momentum, epsilon, weightDecay };
      return Object.values(callKernel(RmsPropUpdate, { ...common, meanSquare: a, velocity: b }, attrs));
    }
    const { beta1 = 0, beta2 = 0 } = config;
    const powers = { beta1Power: tf.scalar(beta1 ** t), beta2Power: tf.scalar(beta2 ** t) };
    const inputs = { ...common, firstMoment: a, secondMoment: b, ...powers };
    return Object.values(callKernel(AdamUpdate, inputs, { beta1, beta2, epsilon, weightDecay }));
  };
}

describe('three steps by PyTorch’s definitions (see `about` in the golden file)', () => {
  for (const { title, config, steps } of golden.cases) {
    it(title, () => {
      const step = stepper(config);
      let state = [patternTensor([6], 20), zeros(), zeros()];
      steps.forEach((expected, i) => {
        state = step(state, patternTensor([6], 21 + i), i + 1);
        const values = Object.values(expected);
        expect(state.length).toBe(values.length);
        // 1 − 0.999 is 1.3e-5 off when 0.999 is a float32: the only error above a few ulp.
        values.forEach((each, n) => expectClose(valuesOf(state[n]), each, n === 0 ? 2e-6 : 3e-7));
      });
    });
  }
});

it('a gradient of zero moves nothing, and does not divide by zero', () => {
  const parameter = patternTensor([6], 20);
  const { parameter: updated } = callKernel(
    AdamUpdate,
    {
      ...{ parameter, gradient: zeros(), firstMoment: zeros(), secondMoment: zeros() },
      ...{ learningRate: tf.scalar(1), beta1Power: tf.scalar(0.9), beta2Power: tf.scalar(0.999) },
    },
    { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...DECAY },
  );
  expectClose(valuesOf(updated), valuesOf(parameter), 0);
});

it('takes the new parameter from its inputs and leaves them as they were', () => {
  const parameter = patternTensor([6], 20);
  const velocity = patternTensor([6], 1);
  const before = [valuesOf(parameter), valuesOf(velocity)];
  callKernel(
    SgdUpdate,
    { parameter, gradient: patternTensor([6], 2), velocity, learningRate: tf.scalar(0.1) },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1, decoupled: false },
  );
  expect([valuesOf(parameter), valuesOf(velocity)]).toEqual(before);
});

it('a NaN in one gradient spoils one parameter', () => {
  const gradient = tf.tensor1d([1, NaN, 1]);
  const three = (): tf.Tensor => tf.ones([3]);
  const learningRate = tf.scalar(0.1);
  const common = { parameter: three(), gradient, learningRate };
  const results = [
    callKernel(
      SgdUpdate,
      { ...common, velocity: three() },
      { momentum: 0.9, nesterov: false, decoupled: true, ...DECAY },
    ),
    callKernel(
      RmsPropUpdate,
      { ...common, meanSquare: three(), velocity: three() },
      { decay: 0.9, momentum: 0.9, epsilon: 1e-3, ...DECAY },
    ),
    callKernel(
      AdamUpdate,
      {
        ...{ ...common, firstMoment: three(), secondMoment: three() },
        ...{ beta1Power: tf.scalar(0.9), beta2Power: tf.scalar(0.999) },
      },
      { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...DECAY },
    ),
  ];
  for (const outputs of results)
    for (const output of Object.values(outputs))
      expect(valuesOf(output).map(Number.isNaN)).toEqual([false, true, false]);
});

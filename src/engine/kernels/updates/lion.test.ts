import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, patternTensor, valuesOf } from '../../testing.js';
import * as tf from '../../tf.js';
import { callKernel } from '../call-kernel.js';
import { LionUpdate } from './lion.js';
import golden from './lion.golden.json' with { type: 'json' };

beforeAll(openReference);

describe('three steps by the article’s algorithm (see `about` in the golden file)', () => {
  for (const { title, learningRate, attrs, steps } of golden.cases) {
    it(title, () => {
      let state = { parameter: patternTensor<tf.Tensor>([8], 20), momentum: tf.zeros([8]) };
      steps.forEach((expected, i) => {
        const gradient = patternTensor<tf.Tensor>([8], 21 + i);
        state = callKernel(LionUpdate, { ...state, gradient, learningRate: tf.scalar(learningRate) }, attrs);
        expectClose(valuesOf(state.parameter), expected.parameter, 3e-7);
        expectClose(valuesOf(state.momentum), expected.momentum, 3e-7);
      });
    });
  }
});

it('a NaN in one gradient spoils one parameter', () => {
  const [parameter, momentum] = [tf.ones([3]), tf.ones([3])];
  const inputs = { parameter, momentum, gradient: tf.tensor1d([1, NaN, 1]), learningRate: tf.scalar(0.1) };
  const outputs = callKernel(LionUpdate, inputs, { beta1: 0.9, beta2: 0.99, weightDecay: 0 });
  for (const output of Object.values(outputs))
    expect(valuesOf(output).map(Number.isNaN)).toEqual([false, true, false]);
});

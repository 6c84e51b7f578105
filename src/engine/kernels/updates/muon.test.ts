import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, patternTensor, uniformTensor, valuesOf } from '../../testing.js';
import * as tf from '../../tf.js';
import { callKernel } from '../call-kernel.js';
import golden from './muon.golden.json' with { type: 'json' };
import { MuonUpdate } from './muon.js';

beforeAll(openReference);

const outputsOf = (shape: readonly number[], axes: number): number =>
  shape.slice(-axes).reduce((product, size) => product * size, 1);

describe('three steps of torch.optim.Muon (see `about` in the golden file)', () => {
  for (const { title, shape, outputAxes, config, steps } of golden.cases) {
    it(title, () => {
      const { learningRate, ...attrs } = config;
      const outputs = outputsOf(shape, outputAxes);
      let state = { parameter: patternTensor<tf.Tensor>(shape, 20), momentum: tf.zeros(shape) };
      steps.forEach((expected, i) => {
        const gradient = patternTensor<tf.Tensor>(shape, 21 + i);
        const inputs = { ...state, gradient, learningRate: tf.scalar(learningRate) };
        state = callKernel(MuonUpdate, inputs, { ...attrs, outputs, steps: 5, fixedNorm: false });
        expectClose(valuesOf(state.parameter), expected.parameter, 1e-6);
        expectClose(valuesOf(state.momentum), expected.momentum, 3e-7);
      });
    });
  }
});

const attrs = { momentum: 0, nesterov: false, weightDecay: 0, steps: 5, fixedNorm: false };
/** O(d) of a gradient, without the scale. */
function stepOf(gradient: tf.Tensor2D): tf.Tensor2D {
  const [rows, columns] = gradient.shape;
  const zeros = tf.zeros<tf.Rank.R2>([rows, columns]);
  const inputs = { parameter: zeros, momentum: zeros, gradient, learningRate: tf.scalar(1) };
  const { parameter } = callKernel(MuonUpdate, inputs, { ...attrs, outputs: columns });
  const scale = Math.sqrt(Math.max(1, columns / rows));
  return tf.mul(parameter, -1 / scale);
}

describe('the step', () => {
  it.each([
    [3, 7],
    [7, 3],
    [1, 6],
    [5, 5],
  ])('is nearly orthogonal: singular values of [%i, %i] end near 1', (rows, columns) => {
    const step = stepOf(uniformTensor<tf.Tensor2D>([rows, columns], 3));
    const gram = rows <= columns ? tf.matMul(step, step, false, true) : tf.matMul(step, step, true, false);
    // Their squares, on average: most end between 0.68 and 1.13, what was tiny at first may still be on its way.
    const side = Math.min(rows, columns);
    const trace = valuesOf(gram).reduce((sum, value, i) => sum + (i % (side + 1) === 0 ? value : 0), 0);
    expect(trace / side).toBeGreaterThan(0.45);
    expect(trace / side).toBeLessThan(1.5);
  });

  it('does not depend on how large the gradient is, and turns with it', () => {
    const gradient = uniformTensor<tf.Tensor2D>([4, 6], 5);
    expectClose(valuesOf(stepOf(tf.mul(gradient, 1000))), valuesOf(stepOf(gradient)), 1e-6);
    const turned = tf.transpose(stepOf(tf.transpose(gradient)));
    expectClose(valuesOf(turned), valuesOf(stepOf(gradient)), 1e-6);
  });

  it('begins at a parameter of norm √out where that is fixed, whatever norm it has, and does not decay', () => {
    const moved = (length: number, gradient: tf.Tensor) => {
      const parameter = tf.mul(uniformTensor<tf.Tensor2D>([4, 6], 5), length);
      const inputs = { parameter, momentum: tf.zeros([4, 6]), gradient, learningRate: tf.scalar(0.5) };
      const fixed = { ...attrs, outputs: 6, fixedNorm: true, weightDecay: 0.3 };
      return valuesOf(callKernel(MuonUpdate, inputs, fixed).parameter);
    };
    const still = moved(7, tf.zeros([4, 6]));
    expect(Math.hypot(...still)).toBeCloseTo(Math.sqrt(6), 6);
    expectClose(moved(0.01, tf.zeros([4, 6])), still, 1e-6);
    const gradient = uniformTensor<tf.Tensor2D>([4, 6], 8);
    const scale = Math.sqrt(6 / 4);
    const step = valuesOf(stepOf(gradient));
    expectClose(
      moved(1, gradient),
      still.map((value, i) => value - 0.5 * scale * step[i]),
      1e-6,
    );
    expect(moved(0, tf.zeros([4, 6])).every((value) => value === 0)).toBe(true);
  });

  it('of a gradient of zero is zero', () => {
    expect(valuesOf(stepOf(tf.zeros([2, 3]))).every((value) => value === 0)).toBe(true);
  });
});

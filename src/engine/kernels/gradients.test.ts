import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectClose, expectGradients, openReference, uniform, valuesOf } from '../testing.js';
import { BatchNormInference, BatchNormTraining, FUSED_ACTIVATIONS } from './batch-norm.js';
import { callKernel } from './call-kernel.js';
import { ChannelScale } from './channel-scale.js';
import { ConvolutionAdd } from './convolution-add.js';
import { GlobalAveragePool } from './global-average-pool.js';
import { Involution, neighbourhoodProduct } from './involution.js';
import { NeighbourhoodSoftmax } from './neighbourhood-softmax.js';
import { SeededDropout } from './seeded-dropout.js';
import { SoftmaxCrossEntropy } from './softmax-cross-entropy.js';
import { gelu } from './activations/gelu.js';
import { swish } from './activations/swish.js';

beforeAll(openReference);

const variable = <R extends tf.Rank>(
  shape: readonly number[],
  salt: number,
  low = -1,
  high = 1,
): tf.Variable<R> => tf.variable(tf.tensor<R>(uniform(shape, salt, low, high), [...shape] as tf.ShapeMap[R]));

describe('involution', () => {
  const cases = [
    { input: [2, 4, 5, 4], kernelSize: 3, groups: 2, stride: 1, dilation: 1 },
    { input: [1, 5, 4, 3], kernelSize: 3, groups: 3, stride: 2, dilation: 1 },
    { input: [1, 6, 5, 2], kernelSize: 3, groups: 1, stride: 1, dilation: 2 },
    { input: [1, 5, 5, 4], kernelSize: 5, groups: 4, stride: 2, dilation: 2 },
    { input: [1, 4, 4, 2], kernelSize: 7, groups: 1, stride: 1, dilation: 1 },
  ] as const;
  for (const { input, ...attrs } of cases) {
    const { kernelSize, groups, stride, dilation } = attrs;
    it(`K=${kernelSize}, G=${groups}, stride ${stride}, dilation ${dilation}`, () => {
      const [batch, height, width] = input;
      const places = [Math.ceil(height / stride), Math.ceil(width / stride)];
      const x = variable<tf.Rank.R4>(input, 1);
      const kernel = variable<tf.Rank.R4>([batch, ...places, groups * kernelSize ** 2], 2);
      const f = (): tf.Tensor => callKernel(Involution, { x, kernel }, attrs);
      expectGradients(f, { x, kernel });
    });

    it(`the product of queries and keys in the same neighbourhoods: K=${kernelSize}, G=${groups}`, () => {
      const [batch, height, width, channels] = input;
      const places = [Math.ceil(height / stride), Math.ceil(width / stride)];
      const key = variable<tf.Rank.R4>(input, 1);
      const query = variable<tf.Rank.R4>([batch, ...places, channels], 2);
      expectGradients(() => neighbourhoodProduct(query, key, attrs), { query, key });
    });
  }
});

describe('softmax over neighbourhoods', () => {
  const attrs = { kernelSize: 3, groups: 2, stride: 1, dilation: 1, height: 3, width: 4 };
  for (const mask of [true, false]) {
    it(mask ? 'with taps outside of the map masked' : 'with every tap', () => {
      const logits = variable<tf.Rank.R4>([2, 3, 4, 18], 24, -2, 2);
      expectGradients(() => callKernel(NeighbourhoodSoftmax, { logits }, { ...attrs, mask }), { logits });
    });
  }

  it('of products of queries and keys, weighing values: local attention', () => {
    const [query, key, value] = [25, 26, 27].map((salt) => variable<tf.Rank.R4>([2, 3, 4, 4], salt));
    expectGradients(
      () => {
        const logits = neighbourhoodProduct(query, key, attrs);
        const kernel = callKernel(NeighbourhoodSoftmax, { logits }, { ...attrs, mask: true });
        return callKernel(Involution, { x: value, kernel }, attrs);
      },
      { query, key, value },
    );
  });
});

describe('batch normalisation', () => {
  // A scale of 1/2 and offsets of ±2: with so few numbers nothing comes near relu's kink, on either side.
  const offsets = [2, -2, 2];
  for (const activation of FUSED_ACTIVATIONS) {
    for (const shape of [
      [2, 2, 2, 3],
      [6, 3],
    ]) {
      it(`of [${shape}] with ${activation}`, () => {
        const x = variable(shape, 3);
        const scale = variable<tf.Rank.R1>([3], 4, 0.3, 0.7);
        const offset = tf.variable(
          tf.tensor1d(activation === 'none' || activation === 'relu' ? offsets : [0, 1, -1]),
        );
        const attrs = { epsilon: 1e-3, activation };
        const f = (): tf.Tensor => callKernel(BatchNormTraining, { x, scale, offset }, attrs).y;
        if (activation === 'relu') {
          const y = valuesOf(f());
          const isOff = y.map((value) => value === 0);
          expect(isOff).toEqual(y.map((_, i) => i % 3 === 1));
        }
        expectGradients(f, { x, scale, offset });
      });
    }

    it(`in inference, with ${activation}`, () => {
      const x = variable([2, 2, 2, 3], 22);
      const scale = variable<tf.Rank.R1>([3], 23, 0.3, 0.7);
      const offset = tf.variable(tf.tensor1d(offsets));
      const mean = tf.tensor1d([0.5, -0.5, 0]);
      const variance = tf.tensor1d([1, 2, 3]);
      const attrs = { epsilon: 1e-3, activation };
      const f = (): tf.Tensor => callKernel(BatchNormInference, { x, scale, offset, mean, variance }, attrs);
      expectGradients(f, { x, scale, offset });
    });
  }
});

describe('activations', () => {
  it('swish', () => {
    const x = variable([4, 9], 5, -6, 6);
    expectGradients(() => swish<tf.Tensor>(x), { x });
  });

  it('GELU', () => {
    const x = variable([4, 9], 5, -4, 4);
    expectGradients(() => gelu<tf.Tensor>(x), { x });
  });
});

describe('a convolution and a map that is added', () => {
  it.each([
    [1, 4, 5],
    [2, 4, 6],
    [2, 3, 5],
    [2, 4, 3],
  ] as const)('each value %i times in both directions, maps of %i×%i', (repeat, height, width) => {
    const x = variable<tf.Rank.R4>([2, height, width, 3], 28);
    const filter = variable<tf.Rank.R4>([3, 3, 3, 2], 29);
    const size = [height, width].map((length) => Math.ceil(length / repeat));
    const addend = variable<tf.Rank.R4>([2, ...size, 2], 30);
    expectGradients(() => callKernel(ConvolutionAdd, { x, filter, addend }, { repeat }), {
      x,
      filter,
      addend,
    });
  });
});

describe('channels', () => {
  it('global average pooling', () => {
    const x = variable<tf.Rank.R4>([2, 3, 4, 3], 8);
    expectGradients(() => callKernel(GlobalAveragePool, { x }), { x });
  });
  it('channel scaling', () => {
    const x = variable<tf.Rank.R4>([2, 3, 4, 3], 9);
    const scale = variable<tf.Rank.R2>([2, 3], 10);
    expectGradients(() => callKernel(ChannelScale, { x, scale }), { x, scale });
  });
});

describe('dropout', () => {
  for (const perSample of [false, true]) {
    it(perSample ? 'of whole samples' : 'of values', () => {
      const x = variable([6, 5], 11);
      const seed = tf.scalar(12, 'int32');
      const scalars = { seed, rate: tf.scalar(0.4), scale: tf.scalar(1 / 0.6) };
      expectGradients(() => callKernel(SeededDropout, { x, ...scalars }, { stream: 3, perSample }), { x });
    });
  }
});

describe('softmax cross-entropy', () => {
  it('of soft labels', () => {
    const logits = variable<tf.Rank.R2>([5, 4], 13, -3, 3);
    const labels = tf.softmax(tf.tensor2d(uniform([5, 4], 14, -3, 3), [5, 4]));
    expectGradients(() => callKernel(SoftmaxCrossEntropy, { logits, labels: labels as tf.Tensor2D }).loss, {
      logits,
    });
  });

  it('weighs each row by what comes from above', () => {
    const logits = tf.tensor2d(uniform([2, 3], 15), [2, 3]);
    const labels = tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
    const gradient = tf.grad((z) => {
      return callKernel(SoftmaxCrossEntropy, { logits: z as tf.Tensor2D, labels }).loss;
    })(logits, tf.tensor1d([0, -2]));
    const softmax = valuesOf(tf.softmax(logits));
    expectClose(valuesOf(gradient), [
      ...[0, 0, 0],
      ...[-2 * softmax[3], -2 * (softmax[4] - 1), -2 * softmax[5]],
    ]);
  });
});

it('an op that is used twice adds its gradients up', () => {
  const x = variable([2, 2, 2, 2], 16);
  const kernel = variable<tf.Rank.R4>([2, 2, 2, 9], 17);
  const attrs = { kernelSize: 3, groups: 1, stride: 1, dilation: 1 };
  const apply = (y: tf.Tensor): tf.Tensor => callKernel(Involution, { x: y as tf.Tensor4D, kernel }, attrs);
  expectGradients(() => tf.add(apply(apply(x)), swish<tf.Tensor>(x)), { x, kernel });
});

it('leaves no tensor behind but the gradients', () => {
  const x = variable([2, 4, 4, 3], 18);
  const scale = variable<tf.Rank.R1>([3], 19, 0.5, 1);
  const offset = variable<tf.Rank.R1>([3], 20);
  const kernel = variable<tf.Rank.R4>([2, 4, 4, 9], 21);
  const seed = tf.scalar(1, 'int32');
  const labels = tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
  const step = (): number => {
    const { value, grads } = tf.variableGrads(() => {
      const attrs = { epsilon: 1e-3, activation: 'swish' as const };
      const { y } = callKernel(BatchNormTraining, { x, scale, offset }, attrs);
      const window = { kernelSize: 3, groups: 1, stride: 1, dilation: 1 };
      const involved = callKernel(Involution, { x: tf.relu(y) as tf.Tensor4D, kernel }, window);
      const gate = tf.sigmoid(callKernel(GlobalAveragePool, { x: involved }));
      const scaled = callKernel(ChannelScale, { x: involved, scale: gate });
      const half = { seed, rate: tf.scalar(0.5), scale: tf.scalar(2) };
      const first = { stream: 1, perSample: false };
      const dropped = callKernel(SeededDropout, { x: swish(scaled), ...half }, first) as tf.Tensor4D;
      const logits = callKernel(GlobalAveragePool, { x: dropped });
      return tf.mean(callKernel(SoftmaxCrossEntropy, { logits, labels }).loss);
    });
    value.dispose();
    const count = Object.keys(grads).length;
    for (const gradient of Object.values(grads)) gradient.dispose();
    return count;
  };
  step();
  const before = tf.memory().numTensors;
  expect(step()).toBe(4);
  expect(tf.memory().numTensors).toBe(before);
});

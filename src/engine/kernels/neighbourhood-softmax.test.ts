import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectClose, openReference, uniformTensor, valuesOf } from '../testing.js';
import { callKernel } from './call-kernel.js';
import { NeighbourhoodSoftmax, type NeighbourhoodSoftmaxAttrs } from './neighbourhood-softmax.js';

beforeAll(openReference);

const attrs = { kernelSize: 3, groups: 2, stride: 1, dilation: 1, mask: true, height: 4, width: 5 };
const logits = (): tf.Tensor4D => uniformTensor<tf.Tensor4D>([2, 4, 5, 18], 1, -3, 3);

const neighbourhoodSoftmax = (z: tf.Tensor4D, each: NeighbourhoodSoftmaxAttrs): tf.Tensor4D =>
  callKernel(NeighbourhoodSoftmax, { logits: z }, each);

describe('softmax over neighbourhoods', () => {
  it('is plain softmax where nothing is masked', () => {
    const y = neighbourhoodSoftmax(logits(), { ...attrs, mask: false });
    expectClose(valuesOf(y), valuesOf(tf.softmax(tf.reshape(logits(), [-1, 9]))), 1e-6);
  });

  it('is softmax of logits that are minus infinity outside of the map', () => {
    const dilated = { ...attrs, stride: 2, dilation: 2, height: 7, width: 10 };
    for (const each of [attrs, dilated]) {
      const { stride, dilation, height, width } = each;
      const values = valuesOf(logits()).map((z, i) => {
        const place = Math.floor(i / 18);
        const [row, column] = [Math.floor(place / 5) % 4, place % 5];
        const y = row * stride + (Math.floor((i % 9) / 3) - 1) * dilation;
        const x = column * stride + ((i % 3) - 1) * dilation;
        return y < 0 || y >= height || x < 0 || x >= width ? -1e9 : z;
      });
      const expected = valuesOf(tf.softmax(tf.tensor(values, [80, 9])));
      expect(expected.filter((w) => w === 0).length).toBeGreaterThan(50);
      expectClose(valuesOf(neighbourhoodSoftmax(logits(), each)), expected, 1e-6);
    }
  });

  it('has rows that sum to one, masked or not, and even of very large logits', () => {
    for (const mask of [true, false]) {
      const z = tf.mul(logits(), tf.scalar(1e4)) as tf.Tensor4D;
      for (const each of [logits(), z]) {
        const sums = tf.sum(tf.reshape(neighbourhoodSoftmax(each, { ...attrs, mask }), [-1, 9]), 1);
        expectClose(valuesOf(sums), new Array(80).fill(1), 1e-6);
      }
    }
  });

  it('a NaN outside of the map is not seen, one inside takes its row along and no other', () => {
    const z = (place: number): tf.Tensor4D => {
      const values = new Float32Array(2 * 4 * 5 * 18);
      values[place] = NaN;
      return tf.tensor4d(values, [2, 4, 5, 18]);
    };
    const isNaN = (place: number): number[] =>
      valuesOf(neighbourhoodSoftmax(z(place), attrs)).flatMap((w, i) => (Number.isNaN(w) ? [i] : []));
    expect(isNaN(0)).toEqual([]);
    // The first place's second group sees its taps 4, 5, 7 and 8.
    expect(isNaN(9 + 4)).toEqual([13, 14, 16, 17]);
  });
});

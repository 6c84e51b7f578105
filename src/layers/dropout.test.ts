import { beforeAll, describe, expect, it } from 'vitest';
import { callKernel } from '../engine/kernels/call-kernel.js';
import { SeededDropout } from '../engine/kernels/seeded-dropout.js';
import { openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { ones, scalar, type LayersModel, type Tensor } from '../engine/tf.js';
import type { OverTraining } from '../util/over-training.js';
import { hashString } from '../util/random.js';
import { Dropout } from './dropout.js';
import { followsTraining } from './operator-layer.js';
import { buildLayer, call, expectCost, expectLayerGradients, expectSameFromConfig } from './testing.js';

beforeAll(openReference);

type Layer = LayersModel['layers'][number];

const shape = [4, 5, 3];
const make = ({ name = 'drop', rate = 0.5 as OverTraining, perSample = false } = {}): Dropout =>
  buildLayer(new Dropout({ name, rate, perSample }), [shape]);
const x = (): Tensor => uniformTensor([4, ...shape], 1, 0.5, 1);
const train = (layer: Dropout, seed: number, done?: number): number[] =>
  valuesOf(call(layer, x(), { training: true, seed, done }));

describe('Dropout', () => {
  it('does nothing in inference, and at rate 0', () => {
    expect(valuesOf(call(make(), x()))).toEqual(valuesOf(x()));
    expect(train(make({ rate: 0 }), 1)).toEqual(valuesOf(x()));
    const images = x();
    expect(make().compute([images], {})).toBe(images);
  });

  it.each([false, true])('draws from the seed of the step and its own name (perSample: %s)', (perSample) => {
    const scalars = { seed: scalar(77, 'int32'), rate: scalar(0.5), scale: scalar(2) };
    const attrs = { perSample, stream: hashString('stage2/drop') >>> 1 };
    const expected = valuesOf(callKernel(SeededDropout, { x: x(), ...scalars }, attrs));
    expect(train(make({ name: 'stage2/drop', perSample }), 77)).toEqual(expected);
  });

  it('drops alike for the same seed, otherwise for another seed or layer', () => {
    const base = train(make(), 1);
    expect(train(make(), 1)).toEqual(base);
    expect(train(make(), 2)).not.toEqual(base);
    expect(train(make({ name: 'other' }), 1)).not.toEqual(base);
  });

  it('needs to know how much of training is over where its rate depends on that, and only there', () => {
    const compute = (rate: OverTraining): void =>
      make({ rate })
        .compute([x()], { training: true, seed: scalar(1, 'int32') })
        .dispose();
    expect(() => compute(0.5)).not.toThrow();
    expect(() => compute({ from: 0.1, to: 0.5 })).toThrow('how much of training is over');
  });

  it('has a network follow training where its rate does', () => {
    const line = make({ rate: { from: 0, to: 0.5 } });
    expect([make(), line].map((layer) => layer.followsTraining)).toEqual([false, true]);
    const follows = (...layers: Layer[]) => followsTraining({ layers });
    expect(follows(make(), line)).toBe(true);
    expect(follows(make(), make())).toBe(false);
    // tf.js's own, such as that of its input.
    expect(follows({} as Layer)).toBe(false);
  });

  it('says when the seed is missing', () => {
    const layer = make();
    expect(() => layer.apply(ones([1, ...shape]), { training: true })).toThrow(
      "layer drop: training needs the step's seed",
    );
  });

  describe('along a line over training', () => {
    const line = { from: 0.1, to: 0.7 };

    it('drops at the rate of the moment, of the same draws', () => {
      expect(train(make({ rate: line }), 5, 0)).toEqual(train(make({ rate: 0.1 }), 5));
      const half = make({ rate: 0.4 });
      for (const seed of [1, 2, 3]) {
        const between = train(make({ rate: line }), seed, 0.5);
        train(half, seed).forEach((value, i) => expect(between[i]).toBeCloseTo(value, 6));
      }
      const dropped = [0, 0.5, 1].map(
        (done) => train(make({ rate: line }), 9, done).filter((value) => value === 0).length,
      );
      expect(dropped[0]).toBeLessThan(dropped[1]);
      expect(dropped[1]).toBeLessThan(dropped[2]);
    });

    it('drops nothing at an end of 0, and never all of it near 1', () => {
      const rises = make({ rate: { from: 0, to: 0.5 } });
      expect(train(rises, 3, 0)).toEqual(valuesOf(x()));
      expect(train(rises, 3, 1)).not.toEqual(valuesOf(x()));
      const most = 1 - 2 ** -24;
      const near = make({ rate: { from: most, to: most } });
      for (const done of [0, 0.3, 0.7, 1]) expect(train(near, 3, done).every(Number.isFinite)).toBe(true);
    });

    it('has no part in inference, and is told apart from a rate that stays', () => {
      expect(valuesOf(call(make({ rate: line }), x()))).toEqual(valuesOf(x()));
      expect([make({ rate: line }), make()].map(({ followsTraining }) => followsTraining)).toEqual([
        true,
        false,
      ]);
    });

    it('says when it is not told how much is over', () => {
      const options = { training: true, seed: scalar(1, 'int32') };
      expect(() => make({ rate: line }).apply(ones([1, ...shape]), options)).toThrow(
        'layer drop: its rate needs to know how much of training is over',
      );
    });

    it('comes back from its config', () => {
      expectSameFromConfig(make({ rate: line }), [shape]);
    });
  });

  it('has the gradient of what it computes', () => {
    expectLayerGradients(make(), [shape]);
    expectLayerGradients(make({ perSample: true, rate: 0.3 }), [shape], { batch: 6 });
  });

  it('costs nothing', () => {
    expectCost(make(), [shape], { macsElementwise: 0, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make({ rate: 0.25, perSample: true }), [shape]);
  });
});

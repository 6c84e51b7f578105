import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, valuesOf } from '../engine/testing.js';
import { tensor1d, type LayerShape, type Tensor } from '../engine/tf.js';
import { NO_COST, type LayerCost } from './cost.js';
import { asShapes, channelsOf, OperatorLayer, type CallOptions } from './operator-layer.js';
import { refusalOf } from '../util/refusal.testing.js';
import { call } from './testing.js';

beforeAll(openReference);

/** Says what it was called with. */
class Probe extends OperatorLayer {
  static className = 'Probe';
  readonly calls: { inputs: number; training: boolean | undefined; seed: number | undefined }[] = [];

  override inferShape(shapes: readonly LayerShape[]): LayerShape {
    if (shapes.length > 2) throw this.refuse('takes two inputs at most', 'fewer');
    return shapes[0];
  }
  override compute(inputs: readonly Tensor[], { training, seed }: CallOptions): Tensor {
    this.calls.push({ inputs: inputs.length, training, seed: seed && valuesOf(seed)[0] });
    return inputs[0].clone();
  }
  override cost(): LayerCost {
    return NO_COST;
  }
}

describe('OperatorLayer', () => {
  it('hands inputs, mode and seed to its operator', () => {
    const probe = new Probe({ name: 'probe' });
    const x = tensor1d([1]);
    call(probe, x, { training: true, seed: 8 });
    call(probe, [x, x]);
    probe.call(x, {});
    expect(probe.calls).toEqual([
      { inputs: 1, training: true, seed: 8 },
      { inputs: 2, training: false, seed: 0 },
      { inputs: 1, training: undefined, seed: undefined },
    ]);
  });

  it('infers shapes from one input or several', () => {
    const probe = new Probe({ name: 'probe' });
    expect(probe.computeOutputShape([null, 3])).toEqual([null, 3]);
    expect(
      probe.computeOutputShape([
        [null, 4],
        [null, 3],
      ]),
    ).toEqual([null, 4]);
  });

  it('refuses as bad input, naming itself', () => {
    const shape = [null, 1];
    expect(refusalOf(() => new Probe({ name: 'a/probe' }).inferShape([shape, shape, shape]))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: 'layer a/probe: takes two inputs at most', where: 'model', try: 'fewer' }],
    });
  });
});

it('one shape is a list of one', () => {
  expect(asShapes([null, 2, 3])).toEqual([[null, 2, 3]]);
  expect(asShapes([[null, 2], [1]])).toEqual([[null, 2], [1]]);
  expect(channelsOf([null, 5, 6, 7])).toBe(7);
});

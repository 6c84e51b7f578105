import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import type { LayersModel, Tensor } from '../engine/tf.js';
import { Add } from './add.js';
import { BatchNorm } from './batch-norm.js';
import { Convolution } from './convolution.js';
import { Dense } from './dense.js';
import { GlobalAveragePooling } from './pooling.js';
import { refusalOf } from '../util/refusal.testing.js';
import { Blueprint } from './blueprint.js';

beforeAll(openReference);

const conv = (name: string, filters: number, kernelSize = 3): Convolution =>
  new Convolution({ name, filters, kernelSize });

/** conv → [bn] → + conv → pool → dense. */
function residual({ norm = true, filters = 4 } = {}): Blueprint {
  const net = new Blueprint([6, 5, 3]);
  let x = net.add(conv('first', filters), net.input);
  if (norm) {
    const options = { activation: 'swish', momentum: 0.9, epsilon: 1e-3 } as const;
    x = net.add(new BatchNorm({ name: 'bn', ...options }), x);
  }
  const branch = net.add(conv('branch', filters), x);
  x = net.add(new Add({ name: 'sum' }), branch, x);
  x = net.add(new GlobalAveragePooling({ name: 'pool' }), x);
  net.add(new Dense({ name: 'logits', units: 2 }), x);
  return net;
}

const weights = (model: LayersModel): Record<string, number[]> =>
  Object.fromEntries(model.weights.map((weight) => [weight.originalName, valuesOf(weight.read())]));
const predict = (model: LayersModel): number[] =>
  valuesOf(model.apply(uniformTensor([2, 6, 5, 3], 1), { training: false }) as Tensor);

describe('Blueprint', () => {
  it('knows shapes and costs before there are weights', () => {
    const summary = residual().summary();
    expect(summary.map(({ name, type, outputShape }) => [name, type, outputShape.join('×')])).toEqual([
      ['first', 'Convolution', '6×5×4'],
      ['bn', 'BatchNorm', '6×5×4'],
      ['branch', 'Convolution', '6×5×4'],
      ['sum', 'AddBranches', '6×5×4'],
      ['pool', 'GlobalAveragePooling', '4'],
      ['logits', 'Dense', '2'],
    ]);
    expect(summary.map(({ activationBytes }) => activationBytes)).toEqual([480, 480, 480, 480, 16, 8]);
    expect(residual().total()).toEqual({
      parameters: 9 * 3 * 4 + 8 + 9 * 4 * 4 + 10,
      nonTrainable: 8,
      macs: 30 * 9 * 3 * 4 + 30 * 9 * 4 * 4 + 8,
      macsElementwise: 30 * 4 * 3 + 30 * 4 + 30 * 4 + 2,
      innerActivations: 0,
    });
  });

  it('names its layers in order, and knows where each stands', () => {
    const net = residual();
    expect(net.layerNames).toEqual(['first', 'bn', 'branch', 'sum', 'pool', 'logits']);
    expect(net.nodes.map(({ layer }) => layer!.name)).toEqual(net.layerNames);
    expect(net.nodes[3].inputs.map(({ layer }) => layer!.name)).toEqual(['branch', 'bn']);
    expect(net.output).toBe(net.nodes[5]);
    expect(new Blueprint([6, 5, 3]).output.shape).toEqual([null, 6, 5, 3]);
  });

  it('has other shapes for images of another one', () => {
    const shapes = residual().shapesFor([3, 8, 3]);
    expect(shapes.map((shape) => shape.slice(1).join('×'))).toEqual([
      ...['3×8×4', '3×8×4', '3×8×4', '3×8×4', '4', '2'],
    ]);
  });

  it('evaluates layer by layer to what its model makes of a batch', () => {
    const net = residual();
    const model = net.build(0, 'net');
    const seen: string[] = [];
    const images = uniformTensor([2, 6, 5, 3], 1);
    const out = net.evaluate(images, (layer, compute) => {
      seen.push(layer.name);
      return compute();
    });
    expect(seen).toEqual(net.layerNames);
    expect(valuesOf(out)).toEqual(predict(model));
  });

  it('exchanges layers while it is told to, and no longer', () => {
    const net = new Blueprint([6, 5, 3]);
    const seen: string[] = [];
    const wider = (name: string) => conv(name, 9);
    const x = net.exchanging(
      ({ name }, [from]) => {
        seen.push(`${name} after ${from.shape.join()}`);
        return wider(name);
      },
      () => net.add(conv('a', 4), net.input),
    );
    expect(seen).toEqual(['a after ,6,5,3']);
    expect(x.shape).toEqual([null, 6, 5, 9]);
    expect(net.add(conv('b', 4), x).shape).toEqual([null, 6, 5, 4]);
    const fails = () =>
      net.exchanging(
        ({ name }) => wider(name),
        () => net.add(conv('a', 4), x),
      );
    expect(fails).toThrow('two layers are named a');
    expect(net.add(conv('c', 4), x).shape).toEqual([null, 6, 5, 4]);
  });

  it('builds the model of the layer added last', () => {
    const model = residual().build(0, 'net');
    expect(model.name).toBe('net');
    expect(model.inputs[0].shape).toEqual([null, 6, 5, 3]);
    expect(model.outputs[0].shape).toEqual([null, 2]);
    expect(predict(model).length).toBe(4);
  });

  it('makes the same weights from the same seed, others from another', () => {
    const first = weights(residual().build(7, 'net'));
    const again = residual().build(7, 'net');
    expect(weights(again)).toEqual(first);
    const other = weights(residual().build(8, 'net'));
    for (const name of ['first/kernel', 'branch/kernel', 'logits/kernel'])
      expect(other[name]).not.toEqual(first[name]);
    expect(predict(again)).toEqual(predict(residual().build(7, 'net')));
  });

  it('makes the weights of a layer whatever stands around it', () => {
    const full = weights(residual().build(7, 'net'));
    const without = weights(residual({ norm: false }).build(7, 'net'));
    for (const name of Object.keys(without)) expect(without[name], name).toEqual(full[name]);
  });

  it('names every weight after its layer, the same in every build', () => {
    const names = ['first/kernel', 'bn/gamma', 'bn/beta', 'branch/kernel', 'logits/kernel', 'logits/bias'];
    for (let i = 0; i < 2; i++) {
      const model = residual().build(0, 'net');
      expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(names);
      expect(model.nonTrainableWeights.map(({ originalName }) => originalName)).toEqual([
        ...['bn/moving_mean', 'bn/moving_variance'],
      ]);
    }
  });

  it('builds models that share nothing', () => {
    const [a, b] = [residual().build(1, 'net'), residual().build(1, 'net')];
    const before = predict(b);
    for (const weight of a.trainableWeights) weight.write(uniformTensor(weight.shape as number[], 9));
    expect(predict(b)).toEqual(before);
    expect(predict(a)).not.toEqual(before);
  });

  it('refuses two layers of one name, and shapes that do not fit', () => {
    const net = new Blueprint([6, 5, 3]);
    const x = net.add(conv('same', 4), net.input);
    expect(() => net.add(conv('same', 4), x)).toThrow('two layers are named same');
    expect(refusalOf(() => net.add(new Add({ name: 'sum' }), x, net.input)).exitCode).toBe(2);
  });
});

it('refuses more layers than can be put together', () => {
  const net = new Blueprint([6, 5, 3]);
  let x = net.input;
  for (let i = 0; i < 3500; i++) x = net.add(conv(`c${i}`, 1, 1), x);
  const { exitCode, problems } = refusalOf(() => net.add(conv('last', 1, 1), x));
  expect(exitCode).toBe(2);
  expect(problems[0].what).toBe('the network has more than 3,500 layers, which cannot be put together');
});

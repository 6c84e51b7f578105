import { expect } from 'vitest';
import { countMultiplyAdds } from '../engine/multiply-adds.testing.js';
import { expectGradients, uniform, uniformTensor, type GradientCheck } from '../engine/testing.js';
import { input, scalar, tensor, tidy, variable, type Tensor, type Variable } from '../engine/tf.js';
import type { LayerCost } from './cost.js';
import type { OperatorLayer } from './operator-layer.js';
import { withInitSeed } from './weights.js';

/** Shapes of one image: without the batch axis. */
export type ImageShape = readonly number[];

/** Builds a layer for inputs of these shapes, its weights from the streams of `seed`. */
export function buildLayer<L extends OperatorLayer>(layer: L, shapes: readonly ImageShape[], seed = 0): L {
  const inputs = shapes.map((shape) => input({ shape: [...shape] }));
  withInitSeed(seed, () => layer.apply(inputs.length === 1 ? inputs[0] : inputs));
  return layer;
}

export function call(
  layer: OperatorLayer,
  inputs: Tensor | Tensor[],
  { training = false, seed = 0, done = 0 }: { training?: boolean; seed?: number; done?: number } = {},
): Tensor {
  return tidy(
    () => layer.apply(inputs, { training, seed: scalar(seed, 'int32'), done: scalar(done) }) as Tensor,
  );
}

/** Weights of a layer by name, the layer's own name left out; trainable ones first. */
export function weightsOf(layer: OperatorLayer): Readonly<Record<string, Variable>> {
  return Object.fromEntries(
    layer.weights.map((weight) => [
      weight.originalName.slice(layer.name.length + 1),
      weight.read() as Variable,
    ]),
  );
}

export function trainableNames(layer: OperatorLayer): string[] {
  return layer.trainableWeights.map((weight) => weight.originalName.slice(layer.name.length + 1));
}

export function setWeight(layer: OperatorLayer, name: string, values: ArrayLike<number>): void {
  const weight = weightsOf(layer)[name];
  expect(weight, `weight ${name}`).toBeDefined();
  const value = tensor(Float32Array.from(values), weight.shape, 'float32');
  weight.assign(value);
  value.dispose();
}

/**
 * Checks the gradients of a whole layer to its inputs and to every trainable weight; see `expectGradients`.
 * `without`: weights that make no difference, whose gradients are zero but for rounding.
 */
export function expectLayerGradients(
  layer: OperatorLayer,
  shapes: readonly ImageShape[],
  {
    batch = 2,
    training = true,
    without = [],
    ...check
  }: GradientCheck & {
    readonly batch?: number;
    readonly training?: boolean;
    readonly without?: readonly string[];
  } = {},
): void {
  const inputs = shapes.map((shape, i) => variable(uniformTensor([batch, ...shape], 30 + i)));
  const weights = weightsOf(layer);
  const variables: Record<string, Variable> = {};
  inputs.forEach((each, i) => (variables[`input ${i}`] = each));
  for (const name of trainableNames(layer)) if (!without.includes(name)) variables[name] = weights[name];
  const given = inputs.length === 1 ? inputs[0] : inputs;
  expectGradients(() => call(layer, given, { training, seed: 5 }), variables, check);
  for (const each of inputs) each.dispose();
}

export interface ExpectedCost extends Partial<Pick<LayerCost, 'macsElementwise' | 'innerActivations'>> {
  /** Multiply-adds of the definition that are done once for a whole batch. */
  readonly oncePerBatch?: number;
  /** Multiply-adds an image by which the computation differs from the definition that the layer counts. */
  readonly beyondDefinition?: number;
}

/**
 * The cost that a layer tells is the one it has: parameters are the weights it made, multiply-adds are
 * counted by doing them (see `countMultiplyAdds`), and the batch makes no difference.
 */
export function expectCost(
  layer: OperatorLayer,
  shapes: readonly ImageShape[],
  { oncePerBatch = 0, beyondDefinition = 0, ...elementwise }: ExpectedCost = {},
): void {
  const cost = layer.cost(shapes.map((shape) => [null, ...shape]));
  const sizeOfAll = (weights: OperatorLayer['weights']): number =>
    weights.reduce((sum, weight) => sum + weight.read().size, 0);
  expect(cost.parameters, 'parameters').toBe(sizeOfAll(layer.trainableWeights));
  expect(cost.nonTrainable, 'nonTrainable').toBe(sizeOfAll(layer.nonTrainableWeights));
  for (const batch of [1, 3]) {
    const inputs = shapes.map((shape, i) => uniformTensor([batch, ...shape], 40 + i));
    for (const training of [false, true]) {
      const counted = countMultiplyAdds(() => {
        call(layer, inputs.length === 1 ? inputs[0] : inputs, { training }).dispose();
      });
      const anImage = (counted - oncePerBatch) / batch - beyondDefinition;
      expect(cost.macs, `multiply-adds with a batch of ${batch}`).toBe(anImage + oncePerBatch);
    }
    expect(layer.cost(shapes.map((shape) => [batch, ...shape]))).toEqual(cost);
    for (const each of inputs) each.dispose();
  }
  expect(cost).toMatchObject(elementwise);
}

/** A layer made of another's `getConfig` is the same layer. */
export function expectSameFromConfig(layer: OperatorLayer, shapes: readonly ImageShape[]): void {
  const again = Reflect.construct(layer.constructor, [layer.getConfig()]) as OperatorLayer;
  const batched = shapes.map((shape) => [null, ...shape]);
  expect(again.getConfig()).toEqual(layer.getConfig());
  expect(again.cost(batched)).toEqual(layer.cost(batched));
  expect(again.inferShape(batched)).toEqual(layer.inferShape(batched));
}

/** An image batch of uniform numbers, as nested values for computations by hand. */
export function image(shape: readonly number[], salt = 1) {
  const values = uniform(shape, salt);
  const [, height, width, channels] = shape;
  return {
    tensor: tensor(values, [...shape]),
    /** Zero outside of the image. */
    at: (b: number, y: number, x: number, c: number): number =>
      y < 0 || y >= height || x < 0 || x >= width ? 0 : values[((b * height + y) * width + x) * channels + c],
  };
}

/** The values of [B,H,W,C] computed place by place. */
export function byHand(
  [batch, height, width, channels]: readonly number[],
  compute: (b: number, y: number, x: number, c: number) => number,
): number[] {
  const values: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) values.push(compute(b, y, x, c));
  return values;
}

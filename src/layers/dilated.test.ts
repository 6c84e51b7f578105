import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { Add } from './add.js';
import { Convolution, type ConvolutionOptions } from './convolution.js';
import { DepthwiseConvolution } from './depthwise-convolution.js';
import { MaxPooling } from './max-pooling.js';
import { AveragePooling } from './pooling.js';
import { refusalOf } from '../util/refusal.testing.js';
import {
  buildLayer,
  byHand,
  call,
  expectLayerGradients,
  expectSameFromConfig,
  image,
  setWeight,
  weightsOf,
} from './testing.js';

beforeAll(openReference);

const shape = [7, 6, 2];
const x = () => image([2, ...shape]);
const conv = (options: Partial<ConvolutionOptions> = {}): Convolution =>
  new Convolution({ name: 'conv', filters: 3, kernelSize: 3, ...options });

describe('a convolution whose taps are so many places apart', () => {
  it.each([1, 2, 3])('%i: is that by hand, with the bias', (dilation) => {
    const layer = buildLayer(conv({ useBias: true, stride: 2 }).dilated(dilation), [shape]);
    const [kernel, bias] = [valuesOf(weightsOf(layer).kernel), [1, 2, 3]];
    setWeight(layer, 'bias', bias);
    const input = x();
    const expected = byHand([2, 7, 6, 3], (b, i, j, f) => {
      let sum = bias[f];
      for (let u = 0; u < 3; u++)
        for (let v = 0; v < 3; v++)
          for (let c = 0; c < 2; c++)
            sum +=
              kernel[((u * 3 + v) * 2 + c) * 3 + f] *
              input.at(b, i + (u - 1) * dilation, j + (v - 1) * dilation, c);
      return sum;
    });
    expectClose(valuesOf(call(layer, input.tensor)), expected);
  });

  it('takes every place, keeps the size, and has the gradients of what it computes', () => {
    const layer = conv({ stride: 2, padding: 'valid' });
    expect(layer.stride).toBe(2);
    const dilated = layer.dilated(2);
    expect(dilated.getConfig()).toMatchObject({ stride: 1, padding: 'same', dilation: 2 });
    expect(dilated.inferShape([[null, ...shape]])).toEqual([null, 7, 6, 3]);
    expect(conv({ padding: 'symmetric' }).dilated(2).getConfig()).toMatchObject({ padding: 'symmetric' });
    expectLayerGradients(buildLayer(dilated, [shape]), [shape]);
    expectSameFromConfig(dilated, [shape]);
  });

  it('stays as it is where it has one tap', () => {
    expect(conv({ kernelSize: 1, stride: 2 }).dilated(4).getConfig()).toMatchObject({
      stride: 1,
      dilation: 1,
    });
    expect(
      conv({ kernelSize: [1, 3] })
        .dilated(4)
        .getConfig(),
    ).toMatchObject({ dilation: 4 });
  });

  it('is refused where it cannot be', () => {
    const what = 'layer conv: a dilation needs a window with a middle, zeros around and stride 1';
    for (const options of [
      { stride: 2 },
      { padding: 'valid' },
      { kernelSize: 2 },
      { kernelSize: [3, 4] },
    ] as const) {
      expect(() => conv(options), JSON.stringify(options)).not.toThrow();
      expect(refusalOf(() => conv({ ...options, dilation: 2 })).problems[0].what).toBe(what);
    }
  });
});

describe('a depthwise convolution whose taps are so many places apart', () => {
  const make = (stride = 1, dilation = 1): DepthwiseConvolution =>
    new DepthwiseConvolution({ name: 'depthwise', kernelSize: 3, stride, dilation });

  it.each([1, 2])('%i: is that by hand', (dilation) => {
    const layer = buildLayer(make(2).dilated(dilation), [shape]);
    const kernel = valuesOf(weightsOf(layer).kernel);
    const input = x();
    const expected = byHand([2, 7, 6, 2], (b, i, j, c) => {
      let sum = 0;
      for (let u = 0; u < 3; u++)
        for (let v = 0; v < 3; v++)
          sum += kernel[(u * 3 + v) * 2 + c] * input.at(b, i + (u - 1) * dilation, j + (v - 1) * dilation, c);
      return sum;
    });
    expectClose(valuesOf(call(layer, input.tensor)), expected);
    expectLayerGradients(layer, [shape]);
  });

  it('has no stride', () => {
    expect(make(2).stride).toBe(2);
    expect(make(2).dilated(3).getConfig()).toMatchObject({ stride: 1, dilation: 3 });
    expect(refusalOf(() => make(2, 2)).problems[0].what).toBe('layer depthwise: a dilation needs stride 1');
  });
});

describe('what has no taps of its own', () => {
  it('a window of maxima is that of the places around', () => {
    const make = (padding: 'same' | 'symmetric' | 'valid') =>
      new MaxPooling({ name: 'pool', size: 3, stride: 2, padding });
    expect(make('valid').stride).toBe(2);
    const config = (padding: 'same' | 'symmetric' | 'valid') => make(padding).dilated().getConfig();
    expect(config('valid')).toMatchObject({ size: 3, stride: 1, padding: 'same' });
    expect(config('symmetric')).toMatchObject({ size: 3, stride: 1, padding: 'symmetric' });
  });

  it('a mean that only makes a map smaller leaves it, another is that of the places around', () => {
    const make = (size: number) => new AveragePooling({ name: 'mean', size, stride: 2 });
    expect(make(2).stride).toBe(2);
    expect(make(2).dilated().getConfig()).toMatchObject({ size: 1, stride: 1 });
    expect(make(3).dilated().getConfig()).toMatchObject({ size: 3, stride: 1 });
  });

  it('any other layer is itself, and takes every place', () => {
    const add = new Add({ name: 'sum' });
    expect(add.dilated(2)).toBe(add);
    expect(add.stride).toBe(1);
  });
});

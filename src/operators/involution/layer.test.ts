import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGolden,
  openReference,
  pattern,
  patternTensor,
  uniform,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import { tensor4d } from '../../engine/tf.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { Involution, type InvolutionOptions, type KernelBound, type KernelGenerator } from './layer.js';
import golden from './layer.golden.json' with { type: 'json' };
import { refusalOf } from '../../util/refusal.testing.js';
import {
  buildLayer,
  byHand,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  image,
  setWeight,
  trainableNames,
  weightsOf,
} from '../../layers/testing.js';

beforeAll(openReference);

const DEFAULTS: InvolutionOptions = {
  name: 'involution',
  generator: 'linear',
  groups: 2,
  reductionRatio: 2,
  kernelSize: 3,
  // Else the generator starts at zero, and with it most gradients.
  initialization: 'reference',
  batchNorm: { momentum: 0.9, epsilon: 1e-3 },
};
const make = (options: Partial<InvolutionOptions>, shape: readonly number[]): Involution =>
  buildLayer(new Involution({ ...DEFAULTS, ...options }), [shape]);

const fill = (layer: Involution, name: string, f: (i: number) => number): void =>
  setWeight(
    layer,
    name,
    Float32Array.from({ length: weightsOf(layer)[name].size }, (_, i) => f(i)),
  );

describe('Involution', () => {
  describe('is that of numpy (see `about` in the golden file)', () => {
    for (const { shape, training, y, generator, ...options } of golden.cases) {
      const { kernelSize, groups, stride, dilation } = options;
      const { kernelBound = 'none' } = options;
      const title = `${generator}, ${kernelBound}, K=${kernelSize}, G=${groups}, stride ${stride}, dilation ${dilation}`;
      it(`${title}, ${training ? 'training' : 'inference'}`, () => {
        const layer = make(
          {
            ...options,
            generator: generator as KernelGenerator,
            kernelBound: kernelBound as KernelBound,
          },
          shape.slice(1),
        );
        const p = (name: string, salt: number, f: (value: number) => number): void => {
          const values = pattern([weightsOf(layer)[name].size], salt);
          setWeight(layer, name, values.map(f));
        };
        p('reduce_kernel', 2, (value) => value / 4);
        p('span_kernel', 3, (value) => value / 4);
        p('span_bias', 4, (value) => value / 8);
        if (generator === 'paper') {
          p('reduce_gamma', 5, (value) => 1 + value / 2);
          p('reduce_beta', 6, (value) => value / 4);
          p('reduce_moving_mean', 7, (value) => value / 4);
          p('reduce_moving_variance', 8, (value) => Math.abs(value) + 0.5);
        }
        expectGolden(call(layer, patternTensor(shape, 1), { training }), y, 1e-5);
      });
    }
  });

  it.each([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
  ])('shifts each group as its delta says when the kernel is all bias (stride %i, dilation %i)', (s, d) => {
    const shape = [5, 6, 4];
    const layer = make({ stride: s, dilation: d }, shape);
    const x = image([2, ...shape]);
    for (const [first, second] of [
      [4, 0],
      [1, 8],
      [5, 2],
    ]) {
      fill(layer, 'span_kernel', () => 0);
      fill(layer, 'span_bias', (i) => (i === first || i === 9 + second ? 1 : 0));
      const expected = byHand([2, Math.ceil(5 / s), Math.ceil(6 / s), 4], (b, i, j, c) => {
        const tap = c < 2 ? first : second;
        return x.at(b, i * s + d * (Math.floor(tap / 3) - 1), j * s + d * ((tap % 3) - 1), c);
      });
      expectClose(valuesOf(call(layer, x.tensor)), expected, 0);
    }
  });

  it('with K = 1 scales each group of each pixel by a number made from that pixel', () => {
    const shape = [3, 2, 4];
    const layer = make({ kernelSize: 1 }, shape);
    const reduce = [1, 0.5, -1, 2, 0.25, -0.5, 1, 1]; // [4, 2]
    const span = [1, -2, 0.5, 3]; // [2, 2]
    setWeight(layer, 'reduce_kernel', reduce);
    setWeight(layer, 'span_kernel', span);
    setWeight(layer, 'span_bias', [0.1, 0.2]);
    const x = image([2, ...shape]);
    const expected = byHand([2, ...shape], (b, i, j, c) => {
      const group = c < 2 ? 0 : 1;
      let scale = group === 0 ? 0.1 : 0.2;
      for (let r = 0; r < 2; r++)
        for (let k = 0; k < 4; k++) scale += x.at(b, i, j, k) * reduce[k * 2 + r] * span[r * 2 + group];
      return scale * x.at(b, i, j, c);
    });
    expectClose(valuesOf(call(layer, x.tensor)), expected);
  });

  it('starts as a depthwise convolution whose kernel the channels of a group share', () => {
    const shape = [4, 5, 6];
    for (const generator of ['linear', 'paper'] as const) {
      const layer = make({ generator, initialization: 'static' }, shape);
      const kernel = valuesOf(weightsOf(layer).span_bias);
      const depthwise = buildLayer(new DepthwiseConvolution({ name: 'depthwise', kernelSize: 3 }), [shape]);
      const taps = Array.from({ length: 9 * 6 }, (_, i) => kernel[(i % 6 < 3 ? 0 : 9) + Math.floor(i / 6)]);
      setWeight(depthwise, 'kernel', taps);
      const x = uniformTensor([2, ...shape], 4);
      for (const training of [false, true])
        expectClose(valuesOf(call(layer, x, { training })), valuesOf(call(depthwise, x)), 1e-6);
    }
  });

  it('puts out ⌈H/s⌉×⌈W/s⌉, and looks at a pixel beyond the border as at zero', () => {
    expect(make({ stride: 2 }, [5, 6, 4]).inferShape([[null, 5, 6, 4]])).toEqual([null, 3, 3, 4]);
    const layer = make({ kernelSize: 7 }, [2, 2, 2]);
    fill(layer, 'span_kernel', () => 0);
    fill(layer, 'span_bias', () => 1);
    const x = uniformTensor([1, 2, 2, 2], 3);
    const [a, b, c, d, e, f, g, h] = valuesOf(x);
    const sums = [a + c + e + g, b + d + f + h];
    expectClose(valuesOf(call(layer, x)), [...sums, ...sums, ...sums, ...sums]);
  });

  it('has the gradients of what it computes: linear generator', () => {
    for (const [stride, dilation] of [
      [1, 1],
      [2, 1],
      [1, 2],
    ])
      expectLayerGradients(make({ stride, dilation }, [4, 5, 4]), [[4, 5, 4]]);
  });

  it('has the gradients of what it computes: generator of the paper, through batch norm and relu', () => {
    for (const training of [true, false]) {
      for (const stride of [1, 2]) {
        const layer = make({ generator: 'paper', stride, groups: 4, reductionRatio: 1 }, [4, 4, 4]);
        // Two features above relu's kink at every pixel, one below.
        fill(layer, 'reduce_gamma', () => 0.5);
        setWeight(layer, 'reduce_beta', [2.5, -2.5, 2.5, 2.5]);
        expectLayerGradients(layer, [[4, 4, 4]], { training });
      }
    }
  });

  it.each(['tanh', 'l2'] as const)(
    'has the gradients of what it computes: kernels bounded by %s',
    (kernelBound) => {
      // Away from zero, where the length of a kernel bends too much for differences.
      const biased = (options: Partial<InvolutionOptions>, shape: readonly number[]): Involution => {
        const layer = make({ ...options, kernelBound }, shape);
        fill(layer, 'span_bias', (i) => (i % 2 ? 0.75 : -0.5));
        return layer;
      };
      for (const [stride, dilation] of [
        [1, 1],
        [2, 1],
        [1, 2],
      ])
        expectLayerGradients(biased({ stride, dilation }, [4, 5, 4]), [[4, 5, 4]]);
      const paper = biased({ generator: 'paper', groups: 4, reductionRatio: 1 }, [4, 4, 4]);
      fill(paper, 'reduce_gamma', () => 0.5);
      setWeight(paper, 'reduce_beta', [2.5, -2.5, 2.5, 2.5]);
      expectLayerGradients(paper, [[4, 4, 4]]);
    },
  );

  it('grows with the square of its input, and bounded no faster than the input', () => {
    const shape = [4, 5, 4];
    const x = uniform([1, ...shape], 6, 0.5, 1);
    const largest = (kernelBound: KernelBound, scale: number): number => {
      const layer = make({ kernelBound }, shape);
      const scaled = tensor4d(
        x.map((value) => scale * value),
        [1, 4, 5, 4],
      );
      return Math.max(...valuesOf(call(layer, scaled)).map(Math.abs));
    };
    // Nine taps, each within ±1.
    for (const scale of [1, 1e3, 1e6, 1e30]) expect(largest('tanh', scale)).toBeLessThanOrEqual(9 * scale);
    for (const scale of [1, 1e3, 1e6, 1e15]) expect(largest('l2', scale)).toBeLessThanOrEqual(3 * scale);
    expect(largest('none', 1e6) / largest('none', 1e3)).toBeGreaterThan(0.9e6);
    expect(largest('none', 1e30)).toBe(Infinity);
  });

  it('has the moving statistics of its generator updated in training, and used in inference', () => {
    const layer = make({ generator: 'paper' }, [3, 3, 4]);
    const x = uniformTensor([2, 3, 3, 4], 5);
    const inference = valuesOf(call(layer, x));
    expect(valuesOf(weightsOf(layer).reduce_moving_mean)).toEqual([0, 0]);
    const training = valuesOf(call(layer, x, { training: true }));
    expect(training).not.toEqual(inference);
    expect(valuesOf(weightsOf(layer).reduce_moving_mean)).not.toEqual([0, 0]);
    expect(valuesOf(call(layer, x))).not.toEqual(inference);
  });

  it('costs what it does', () => {
    const shape = [5, 4, 8];
    for (const generator of ['linear', 'paper'] as const) {
      for (const options of [{}, { stride: 2 }, { dilation: 2, kernelSize: 5, groups: 8 }]) {
        expectCost(make({ generator, ...options }, shape), [shape]);
      }
    }
    const places = 20;
    // Span 2·9 and reduced 4 features a place; bias 18, batch norm with relu 3·4.
    expectCost(make({}, shape), [shape], {
      macsElementwise: places * 18,
      innerActivations: places * (18 + 4),
    });
    expectCost(make({ generator: 'paper' }, shape), [shape], {
      macsElementwise: places * (18 + 12),
      innerActivations: places * (18 + 8),
    });
    // Tanh is one more a kernel's value, and one more value.
    expectCost(make({ kernelBound: 'tanh' }, shape), [shape], {
      macsElementwise: places * (18 + 18),
      innerActivations: places * (18 + 18 + 4),
    });
    expectCost(make({ kernelBound: 'l2' }, shape), [shape], {
      macsElementwise: places * (18 + 3 * 18),
      innerActivations: places * (18 + 18 + 4),
    });
    // At stride 2 the generator works at six places, and sees the whole image through its pooling.
    for (const [generator, perPlace] of [
      ['linear', 18],
      ['paper', 18 + 12],
    ] as const)
      expectCost(make({ generator, stride: 2 }, shape), [shape], { macsElementwise: 6 * perPlace + 160 });
  });

  it('costs (C² + K²GC)/r parameters but for biases and batch norm, as the paper says', () => {
    const layer = make({ groups: 4, reductionRatio: 4, kernelSize: 7 }, [8, 8, 16]);
    const { parameters, macs } = layer.cost([[null, 8, 8, 16]]);
    expect(parameters - 49 * 4).toBe((16 ** 2 + 49 * 4 * 16) / 4);
    expect(macs).toBe(64 * ((16 ** 2 + 49 * 4 * 16) / 4 + 49 * 16));
  });

  it('has the weights it names, and comes back from its config', () => {
    const paper = make({ generator: 'paper', stride: 2, dilation: 3, kernelBound: 'l2' }, [5, 4, 6]);
    expect(Object.entries(weightsOf(paper)).map(([name, { shape }]) => [name, shape])).toEqual([
      ...[
        ['reduce_kernel', [1, 1, 6, 3]],
        ['reduce_gamma', [3]],
        ['reduce_beta', [3]],
      ],
      ...[
        ['span_kernel', [1, 1, 3, 18]],
        ['span_bias', [18]],
      ],
      ...[
        ['reduce_moving_mean', [3]],
        ['reduce_moving_variance', [3]],
      ],
    ]);
    expect(trainableNames(make({}, [5, 4, 6]))).toEqual(['reduce_kernel', 'span_kernel', 'span_bias']);
    expectSameFromConfig(paper, [[5, 4, 6]]);
  });

  it('keeps one feature where the channels are fewer than the reduction ratio', () => {
    const layer = make({ groups: 1, reductionRatio: 4 }, [4, 4, 3]);
    expect(weightsOf(layer).reduce_kernel.shape).toEqual([1, 1, 3, 1]);
    expectCost(layer, [[4, 4, 3]]);
  });

  it.each([
    [2, '3 or 1'],
    [4, '5 or 3'],
  ])('refuses an even kernel size: %i', (kernelSize, hint) => {
    expect(refusalOf(() => new Involution({ ...DEFAULTS, kernelSize }))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: `layer involution: kernelSize must be odd, not ${kernelSize}`,
          where: 'model',
          try: hint,
        },
      ],
    });
  });

  it.each([
    [5, 16, 'groups 1, 2, 4, 8, 16'],
    [4, 9, 'groups 1, 3'],
    [4, 7, 'groups 1'],
  ])('refuses %i groups of %i channels', (groups, channels, hint) => {
    const layer = new Involution({ ...DEFAULTS, groups });
    expect(refusalOf(() => layer.inferShape([[null, 4, 4, channels]]))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: `layer involution: groups must divide the channels: ${groups} groups, ${channels} channels`,
          where: 'model',
          try: hint,
        },
      ],
    });
  });
});

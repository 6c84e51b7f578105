import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGolden,
  openReference,
  pattern,
  patternTensor,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import type { Tensor } from '../../engine/tf.js';
import { Convolution } from '../../layers/convolution.js';
import { elements } from '../../layers/cost.js';
import golden from './layer.golden.json' with { type: 'json' };
import {
  octaveChannels,
  OctaveConvolution,
  theoreticalMacs,
  theoreticalMemory,
  type OctaveConvolutionOptions,
  type OctavePart,
} from './layer.js';
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

const PARTS: readonly OctavePart[] = ['high', 'low'];
const make = (options: Partial<OctaveConvolutionOptions>): OctaveConvolution =>
  new OctaveConvolution({ name: 'octave', from: PARTS, to: 'high', filters: 2, kernelSize: 3, ...options });

/** To high with a stride, the low part at its size. */
const UNPOOLED: readonly (readonly [string, Partial<OctaveConvolutionOptions>, number[][]])[] = [
  [
    'both of one size',
    { lowSize: 'same' },
    [
      [4, 5, 2],
      [4, 5, 3],
    ],
  ],
  ['low alone', { lowSize: 'same', from: ['low'] }, [[4, 5, 3]]],
  [
    'both of one size, 2 groups',
    { lowSize: 'same', groups: 2, filters: 4 },
    [
      [3, 4, 4],
      [3, 4, 2],
    ],
  ],
];

/** Every way to have parts in and out, an odd map and one in groups among them. */
const CASES: readonly (readonly [string, Partial<OctaveConvolutionOptions>, number[][]])[] = PARTS.flatMap(
  (to): [string, Partial<OctaveConvolutionOptions>, number[][]][] => [
    [
      `both → ${to}`,
      { to },
      [
        [4, 6, 2],
        [2, 3, 3],
      ],
    ],
    [`high → ${to}`, { to, from: ['high'] }, [[4, 4, 2]]],
    [`low → ${to}`, { to, from: ['low'] }, [[2, 3, 2]]],
    [
      `both → ${to}, odd size`,
      { to, kernelSize: [1, 3] },
      [
        [3, 5, 2],
        [2, 3, 3],
      ],
    ],
    [
      `both → ${to}, 2 groups`,
      { to, groups: 2, filters: 4 },
      [
        [4, 4, 4],
        [2, 2, 6],
      ],
    ],
    [
      `both → ${to}, a group a channel`,
      { to, groups: 2, filters: 4 },
      [
        [4, 4, 2],
        [2, 2, 2],
      ],
    ],
  ],
);

describe('an octave convolution is that of numpy (see `about` in the golden file)', () => {
  for (const { high, low, filters, kernelSize, groups, y } of golden.cases) {
    it.each(PARTS)(`[${high}] and [${low}], ${kernelSize.join('×')}, groups ${groups}: %s`, (to) => {
      const window = kernelSize as [number, number];
      const layer = make({ to, filters: filters[to], kernelSize: window, groups });
      buildLayer(layer, [high.slice(1), low.slice(1)]);
      const salts = { high_to_high: 3, high_to_low: 4, low_to_high: 5, low_to_low: 6 };
      for (const from of PARTS) {
        const name = `${from}_to_${to}_kernel`;
        const values = pattern([weightsOf(layer)[name].size], salts[`${from}_to_${to}`]);
        setWeight(
          layer,
          name,
          values.map((value) => value / 4),
        );
      }
      expectGolden(call(layer, [patternTensor(high, 1), patternTensor(low, 2)]), y[to], 1e-5);
    });
  }
});

describe('OctaveConvolution', () => {
  it('takes means on the way down and repeats on the way up', () => {
    const down = buildLayer(make({ from: ['high'], to: 'low', filters: 1, kernelSize: 1 }), [[5, 4, 1]]);
    setWeight(down, 'high_to_low_kernel', [2]);
    const x = image([1, 5, 4, 1]);
    const means = byHand([1, 3, 2, 1], (b, i, j, c) => {
      const rows = i === 2 ? [4] : [2 * i, 2 * i + 1];
      const inside = rows.flatMap((row) => [x.at(b, row, 2 * j, c), x.at(b, row, 2 * j + 1, c)]);
      return (2 * inside.reduce((sum, value) => sum + value, 0)) / inside.length;
    });
    expectClose(valuesOf(call(down, x.tensor)), means);

    const up = buildLayer(make({ from: ['low'], filters: 1, kernelSize: 1 }), [[2, 3, 1]]);
    setWeight(up, 'low_to_high_kernel', [3]);
    const low = image([1, 2, 3, 1]);
    const repeated = byHand([1, 4, 6, 1], (b, i, j, c) => 3 * low.at(b, i >> 1, j >> 1, c));
    expectClose(valuesOf(call(up, low.tensor)), repeated);
  });

  it('with α = 0 on both sides is a convolution', () => {
    const plain = buildLayer(
      new Convolution({ name: 'octave', filters: 5, kernelSize: 3, initialization: 'glorot-uniform' }),
      [[5, 4, 3]],
    );
    const octave = buildLayer(make({ from: ['high'], filters: 5 }), [[5, 4, 3]]);
    setWeight(octave, 'high_to_high_kernel', valuesOf(weightsOf(plain).kernel));
    const x = uniformTensor<Tensor>([2, 5, 4, 3], 1);
    expectClose(valuesOf(call(octave, x)), valuesOf(call(plain, x)), 0);
  });

  it('names its kernels by their paths and starts them as Glorot and Bengio do', () => {
    const layer = buildLayer(make({ to: 'low', filters: 64 }), [
      [4, 4, 32],
      [2, 2, 16],
    ]);
    expect(trainableNames(layer)).toEqual(['high_to_low_kernel', 'low_to_low_kernel']);
    for (const [name, channels] of [
      ['high_to_low_kernel', 32],
      ['low_to_low_kernel', 16],
    ] as const) {
      const kernel = weightsOf(layer)[name];
      expect(kernel.shape).toEqual([3, 3, channels, 64]);
      const values = valuesOf(kernel).map(Math.abs);
      const limit = Math.sqrt(6 / (9 * channels + 9 * 64));
      expect(Math.max(...values)).toBeLessThanOrEqual(limit * (1 + 1e-6));
      expect(values.reduce((sum, value) => sum + value, 0) / values.length / limit).toBeCloseTo(0.5, 1);
    }
  });

  it.each([...CASES, ...UNPOOLED])('has the gradients of what it computes: %s', (_, options, shapes) => {
    expectLayerGradients(buildLayer(make(options), shapes), shapes);
  });

  it.each([...CASES, ...UNPOOLED])('costs what it does: %s', (_, options, shapes) => {
    expectCost(buildLayer(make(options), shapes), shapes);
  });

  it('counts the pooling and the sum as element-wise work', () => {
    const shapes = [
      [4, 6, 2],
      [2, 3, 3],
    ];
    const both = {
      high: { macsElementwise: 48, innerActivations: 6 * 2 },
      low: { macsElementwise: 48 + 12, innerActivations: 12 },
    };
    for (const to of PARTS) expectCost(buildLayer(make({ to }), shapes), shapes, both[to]);
    const grouped = buildLayer(make({ groups: 2, filters: 4 }), [
      [4, 4, 4],
      [2, 2, 6],
    ]);
    expectCost(
      grouped,
      [
        [4, 4, 4],
        [2, 2, 6],
      ],
      { macsElementwise: 64, innerActivations: 64 + 24 + 16 },
    );
  });

  it.each([...CASES, ...UNPOOLED])('comes back from its config: %s', (_, options, shapes) => {
    expectSameFromConfig(buildLayer(make(options), shapes), shapes);
  });

  it('leaves unknown what is unknown', () => {
    const unknown = [null, null, null];
    expect(
      make({}).inferShape([
        [...unknown, 3],
        [...unknown, 2],
      ]),
    ).toEqual([...unknown, 2]);
    expect(make({ from: ['low'] }).inferShape([[...unknown, 3]])).toEqual([...unknown, 2]);
  });

  it.each<[string, Partial<OctaveConvolutionOptions>, number[][], string, string | undefined]>([
    [
      'parts that do not fit',
      {},
      [
        [8, 8, 3],
        [3, 4, 3],
      ],
      'layer octave: the low part must have half the size of the high one: 8×8 and 3×4',
      '4×4',
    ],
    [
      'parts that are not of one size where they must be',
      { lowSize: 'same' },
      [
        [8, 8, 3],
        [4, 4, 3],
      ],
      'layer octave: the low part must have the size of the high one: 8×8 and 4×4',
      '8×8',
    ],
    ['a part too few', {}, [[8, 8, 3]], 'layer octave: high and low must come in, not 1 tensors', undefined],
    [
      'groups that do not divide',
      { groups: 4, filters: 8 },
      [
        [8, 8, 8],
        [4, 4, 6],
      ],
      'layer octave: groups must divide the channels of every part: 4 groups, 6 channels low in',
      'groups 1, 2',
    ],
    [
      'groups that do not divide what comes out',
      { groups: 4, filters: 6 },
      [
        [8, 8, 8],
        [4, 4, 4],
      ],
      'layer octave: groups must divide the channels of every part: 4 groups, 6 channels high out',
      'groups 1, 2',
    ],
  ])('refuses %s', (_, options, shapes, what, hint) => {
    const refusal = refusalOf(() => make(options).inferShape(shapes.map((shape) => [null, ...shape])));
    expect(refusal).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what, where: 'model', try: hint }],
    });
  });
});

describe('theory', () => {
  it('⌊α·filters⌋ channels are low', () => {
    expect(octaveChannels(160, 0.75)).toEqual({ high: 40, low: 120 });
    expect(octaveChannels(10, 0.25)).toEqual({ high: 8, low: 2 });
    expect(octaveChannels(3, 0.25)).toEqual({ high: 3, low: 0 });
    expect(octaveChannels(8, 1)).toEqual({ high: 0, low: 8 });
  });

  it.each([0, 0.25, 0.5, 0.75, 1])(
    'memory and multiply-adds of a layer with α = %d are those of theory',
    (alpha) => {
      const filters = 8;
      const channels = octaveChannels(filters, alpha);
      const parts = PARTS.filter((part) => channels[part] > 0);
      const shape = { high: [null, 8, 12, channels.high], low: [null, 4, 6, channels.low] };
      const inputs = parts.map((part) => shape[part]);
      const layers = parts.map((to) => make({ to, from: parts, filters: channels[to] }));
      const plain = new Convolution({ name: 'plain', filters, kernelSize: 3 });
      const whole = [[null, 8, 12, filters]];
      const sum = (f: (layer: OctaveConvolution) => number): number =>
        layers.reduce((total, layer) => total + f(layer), 0);

      const { macs, parameters } = plain.cost(whole);
      expect(sum((layer) => layer.cost(inputs).macs) / macs).toBe(theoreticalMacs(alpha));
      expect(sum((layer) => layer.cost(inputs).parameters)).toBe(parameters);
      const memory = sum((layer) => elements(layer.inferShape(inputs))) / elements(whole[0]);
      expect(memory).toBe(theoreticalMemory(alpha));
    },
  );
});

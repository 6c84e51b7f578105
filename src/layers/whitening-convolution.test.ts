import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniform, valuesOf } from '../engine/testing.js';
import { tensor } from '../engine/tf.js';
import { refusalOf } from '../util/refusal.testing.js';
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
} from './testing.js';
import { startsFromImages, WhiteningConvolution } from './whitening-convolution.js';

beforeAll(openReference);

const make = (kernelSize = 2, stride = 1): WhiteningConvolution =>
  new WhiteningConvolution({ name: 'stem', kernelSize, stride });

const [count, height, width, channels] = [3, 4, 5, 2];
const pattern = {
  ...{ count, height, width },
  values: Float32Array.from(
    { length: count * height * width * channels },
    (_, i) => Math.sin(i * 1.7) + 0.3 * Math.cos(i * i * 0.01),
  ),
};

/** Filters of the pattern by numpy.linalg.eigh in float64, the largest component positive: a row each, [ky,kx,channel]. */
const NUMPY = [
  [-0.2888588, -0.1031953, 0.3115333, 0.0321999, 0.2006556, -0.289993, -0.1313752, 0.3323441],
  [0.1278622, -0.3399079, -0.0484029, 0.3631133, 0.2728671, 0.1834867, -0.3213255, -0.1158815],
  [1.0450276, 1.3178848, 1.8561761, 1.7740118, -1.1244451, -0.7412984, -0.3750789, -0.7105283],
  [2.4871771, 0.5481952, -1.5972555, -0.0652747, 0.5892038, -1.8507761, -0.5709956, 1.6391462],
  [0.6011677, 2.488811, 1.1649677, -1.7126058, 2.3147962, 1.5941812, -1.539608, -0.2459375],
  [1.3555327, -0.122736, 1.2004944, 1.3285442, 1.0076781, 2.2785232, 3.2296288, 2.5424594],
  [-0.8095147, 1.1328447, -0.8134704, 1.3858221, 4.2392643, -2.7744113, 3.3960466, -3.3614767],
  [-4.6975063, 5.3188214, -4.6552866, 4.9812386, -0.3781065, 1.809761, -1.4246091, 2.6941119],
];

describe('WhiteningConvolution', () => {
  it('has the eigenvectors of the patches for filters, over the root of their variance, with either sign', () => {
    const layer = buildLayer(make(), [[height, width, channels]]);
    layer.startFrom(pattern);
    const kernel = valuesOf(weightsOf(layer).kernel);
    const filters = 16;
    NUMPY.forEach((row, filter) => {
      const column = (at: number) => row.map((_, place) => kernel[place * filters + at]);
      expectClose(column(filter), row, 2e-5);
      const negated = row.map((x) => -x);
      expectClose(column(8 + filter), negated, 2e-5);
    });
  });

  it('puts out what has no correlations, and about variance 1', () => {
    const layer = buildLayer(make(), [[8, 8, 3]]);
    const shape = [40, 8, 8, 3];
    const noise = uniform(shape, 3);
    // Neighbours have much in common, as in an image.
    const values = noise.map((x, i) => x + 0.8 * (noise[i - 3] ?? 0) + 0.5 * (noise[i - 1] ?? 0) + 0.1);
    layer.startFrom({ values, count: 40, height: 8, width: 8 });
    const out = valuesOf(call(layer, tensor(values, shape)));
    const places = out.length / 24;
    for (let i = 0; i < 12; i++) {
      for (let j = 0; j < 12; j++) {
        let product = 0;
        for (let place = 0; place < places; place++) product += out[place * 24 + i] * out[place * 24 + j];
        expect(Math.abs(product / places - Number(i === j))).toBeLessThan(0.02);
      }
    }
  });

  it.each([1, 2])('convolves without padding, at stride %i, and adds its bias', (stride) => {
    const layer = buildLayer(make(2, stride), [[3, 4, 1]]);
    const kernel = uniform([2, 2, 1, 8], 5);
    const bias = uniform([8], 6);
    setWeight(layer, 'kernel', kernel);
    setWeight(layer, 'bias', bias);
    const x = image([2, 3, 4, 1]);
    const [rows, columns] = [Math.floor(1 / stride) + 1, Math.floor(2 / stride) + 1];
    const expected = byHand([2, rows, columns, 8], (b, i, j, f) =>
      [0, 1, 2, 3].reduce(
        (sum, tap) => sum + x.at(b, stride * i + (tap >> 1), stride * j + (tap & 1), 0) * kernel[tap * 8 + f],
        bias[f],
      ),
    );
    expectClose(valuesOf(call(layer, x.tensor)), expected);
    expect(layer.inferShape([[null, 3, 4, 1]])).toEqual([null, rows, columns, 8]);
  });

  it('learns its bias and nothing else', () => {
    const layer = buildLayer(make(), [[3, 4, 1]]);
    expect(trainableNames(layer)).toEqual(['bias']);
    expectLayerGradients(layer, [[3, 4, 1]]);
  });

  it('costs what it does', () => {
    expectCost(buildLayer(make(), [[5, 4, 3]]), [[5, 4, 3]], { macsElementwise: 4 * 3 * 24 });
    expectCost(buildLayer(make(3), [[5, 4, 2]]), [[5, 4, 2]]);
    expectSameFromConfig(make(), [[5, 4, 3]]);
  });

  it('refuses a window that does not fit, and is told apart from layers that start from chance', () => {
    expect(refusalOf(() => make(6).inferShape([[null, 5, 9, 3]]))).toMatchObject({
      exitCode: 2,
      problems: [
        { what: 'layer stem: a window of 6×6 does not fit into 5×9', try: 'a larger data.inputSize' },
      ],
    });
    expect(startsFromImages(make())).toBe(true);
    expect(startsFromImages({})).toBe(false);
  });
});

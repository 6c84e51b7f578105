import { describe, expect, it } from 'vitest';
import { SMALL_NETWORKS } from '../../models/engines.testing.js';
import {
  asTrained,
  NO_ONNXRUNTIME,
  pixelsOf,
  referenceLogits,
  runtimeLogits,
  segmenting,
} from './testing.js';

describe.skipIf(NO_ONNXRUNTIME)('of networks that say something of each pixel', () => {
  it.each([
    [null, 'semantic-fpn'],
    [8, 'semantic-fpn'],
    [null, 'upernet'],
    [8, 'upernet'],
  ] as const)('output stride %s, %s: the logits of every pixel', async (outputStride, type) => {
    const trained = asTrained(() => segmenting(outputStride, type));
    const pixels = pixelsOf(2, 24);
    const [logits] = await runtimeLogits(trained, [{ count: 2, pixels }]);
    const expected = referenceLogits(trained, pixels, 2);
    expect(logits).toHaveLength(2 * 24 * 24 * 3);
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => expect(Math.abs(value - logits![i]!)).toBeLessThan(1e-4 * largest));
    expect(new Set(expected).size).toBeGreaterThan(1000);
  });
});

describe.skipIf(NO_ONNXRUNTIME)('ONNX Runtime computes what the reference engine does', () => {
  it.each(SMALL_NETWORKS)('%s', async (_, design, tolerance) => {
    const trained = asTrained(design);
    const size = trained.experiment.data.inputSize;
    const batches = [3, 1].map((count) => ({ count, pixels: pixelsOf(count, size) }));
    const logits = await runtimeLogits(trained, batches);
    const expected = batches.map(({ pixels, count }) => referenceLogits(trained, pixels, count));
    const first = expected[0].slice(0, trained.classes.length);
    const scale = Math.max(...first) - Math.min(...first);
    expected.forEach((values, i) => {
      expect(logits[i]).toHaveLength(values.length);
      // As far as engines may be off, with a margin since it is the largest that is looked at. Where kernels have no
      // bound, one image may be answered by far larger numbers than the others.
      const largest = Math.max(...values.map(Math.abs));
      const difference = Math.max(...values.map((value, j) => Math.abs(value - logits[i][j])));
      expect(difference / (largest > 100 ? largest : scale)).toBeLessThan(10 * tolerance);
    });
    // Another image has another answer, so that agreement means something.
    expect(expected[0].slice(first.length, 2 * first.length)).not.toEqual(first);
  });
});

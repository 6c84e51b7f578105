import { describe, expect, it } from 'vitest';
import { SMALL_NETWORKS } from '../../models/engines.testing.js';
import { asTrained, NO_ONNXRUNTIME, pixelsOf, referenceLogits, runtimeLogits } from './testing.js';

describe.skipIf(NO_ONNXRUNTIME)('ONNX Runtime computes what the reference engine does', () => {
  it.each(SMALL_NETWORKS)('%s', async (_, design) => {
    const trained = asTrained(design);
    const size = trained.preprocessing.inputSize;
    const batches = [3, 1].map((count) => ({ count, pixels: pixelsOf(count, size) }));
    const logits = await runtimeLogits(trained, batches);
    let spread = 0;
    batches.forEach(({ pixels, count }, i) => {
      const expected = referenceLogits(trained, pixels, count);
      const classes = trained.classes.length;
      // By how much images differ says more than how large logits are.
      if (count > 1) spread = Math.max(...expected.slice(0, classes).map((value, j) => Math.abs(value - expected[j + classes])));
      expect(logits[i]).toHaveLength(expected.length);
      const difference = Math.max(...expected.map((value, j) => Math.abs(value - logits[i][j])));
      console.log(difference, spread, difference / spread);
      expect(difference / spread).toBeLessThan(1e-3);
    });
  });
});

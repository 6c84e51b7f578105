import { expect, it } from 'vitest';
import { HardestImages } from './hardest.js';

/** Logits by which a class has this probability and the other two share the rest. */
function sure(of: number, probability: number): number[] {
  return [0, 1, 2].map((k) => Math.log(k === of ? probability : (1 - probability) / 2));
}

it('keeps the images with the largest loss, and counts which class is taken for which', () => {
  const judged = new HardestImages(3, 2);
  judged.add([0, 1], Float32Array.from([...sure(0, 0.9), ...sure(2, 0.5)]));
  judged.add([1, 1, 2], Float32Array.from([...sure(2, 0.8), ...sure(2, 0.6), ...sure(0, 0.98)]));
  expect([judged.count, judged.hits]).toEqual([5, 1]);
  expect(judged.hardest().map(({ index }) => index)).toEqual([4, 2]);
  const [first] = judged.hardest();
  expect(first).toMatchObject({ label: 2, predicted: 0 });
  expect(first!.loss).toBeCloseTo(-Math.log(0.01), 5);
  expect(first!.probability).toBeCloseTo(0.98, 6);
  const [pair, other] = judged.confused(5);
  expect(pair).toMatchObject({ label: 1, predicted: 2, count: 3, of: 3 });
  expect(pair!.examples.map(({ index }) => index)).toEqual([2, 3]);
  expect(other).toMatchObject({ label: 2, predicted: 0, count: 1, of: 1 });
  expect(judged.confused(1)).toHaveLength(1);
});

it('what is no number is the hardest of all', () => {
  const judged = new HardestImages(3, 1);
  judged.add([0, 1, 2], Float32Array.from([...sure(2, 0.999), NaN, NaN, NaN, ...sure(0, 0.9999)]));
  expect(judged.hardest().map(({ index }) => index)).toEqual([1]);
});

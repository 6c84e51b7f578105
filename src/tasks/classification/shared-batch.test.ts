import { beforeAll, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import { uniformAt } from '../../util/random.js';
import { partOf } from '../../data/stream/share.js';
import { taskOf } from '../task-of.js';
import type { LabelledBatch } from './meters.js';

beforeAll(openReference);

const SIZE = 4;
const PIXELS = SIZE * SIZE * 3;

function batch(count: number): LabelledBatch {
  return {
    count,
    images: Float32Array.from({ length: count * PIXELS }, (_, i) => uniformAt(5, i)),
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
  };
}

/** A share of it, behind the image before. */
function shareOf({ images, labels, count }: LabelledBatch, rank: number, of: number): LabelledBatch {
  const { from, to } = partOf(count, { rank, of });
  const rows = (first: number, last: number) => ({
    images: images.subarray(first * PIXELS, last * PIXELS),
    labels: labels.subarray(first, last),
  });
  const previous = (from + count - 1) % count;
  return { ...rows(from, to), count: to - from, ...(from < to && { before: rows(previous, previous + 1) }) };
}

const way = { alpha: 1, probability: 0.5 };

it.each([2, 3, 4, 7])('a batch that is mixed in %i shares is mixed as a whole', (of) => {
  const task = taskOf(
    { classes: ['a', 'b', 'c'] },
    { labelSmoothing: 0.1, mixing: { mixup: way, cutmix: way } },
  );
  for (const count of [1, 4, 8, 9]) {
    for (let key = 0; key < 20; key++) {
      const whole = batch(count);
      const { images, targets } = task.prepare(whole, key, { done: 0 });
      const parts = Array.from({ length: of }, (_, rank) =>
        task.prepare(shareOf(whole, rank, of), key, { done: 0 }),
      );
      expect(parts.flatMap((part) => [...part.images])).toEqual([...images]);
      expect(parts.flatMap((part) => [...part.targets])).toEqual([...targets]);
    }
  }
});

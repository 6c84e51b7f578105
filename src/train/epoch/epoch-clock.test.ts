import { performance } from 'node:perf_hooks';
import { afterEach, expect, it, vi } from 'vitest';
import { EpochClock } from './epoch-clock.js';

afterEach(() => vi.restoreAllMocks());

it('an epoch is timed by its steps and by what they waited for', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(5000);
  const clock = new EpochClock();
  expect([clock.imagesPerSecond, clock.meanStepMs, clock.meanDataMs, clock.seconds]).toEqual([0, 0, 0, 0]);
  clock.count([{ count: 8, waitedMs: 20 }], 120);
  clock.count(
    [
      { count: 3, waitedMs: 50 },
      { count: 1, waitedMs: 30 },
    ],
    280,
  );
  now.mockReturnValue(7500);
  // 12 images in 400 ms.
  expect([clock.imagesPerSecond, clock.meanStepMs, clock.meanDataMs, clock.seconds]).toEqual([
    30, 150, 50, 2.5,
  ]);
});

import { cellNoise, clamp } from './canvas.js';
import type { SceneMaker } from './canvas.js';

/** A field of ice broken into slabs of uneven shape, with dark clefts between. */
export const glacier: SceneMaker = (random) => {
  const horizon = random.between(0.05, 0.45);
  const slope = random.between(-0.25, 0.25);
  const size = random.between(0.11, 0.19);
  const squash = random.between(0.7, 1.4);
  const cleft = random.between(0.12, 0.2);
  const key = random.integer(1 << 24);
  return (x, y, sample) => {
    if (y < horizon + slope * (x - 0.5)) {
      sample.material = 0;
      sample.thing = 'sky';
      sample.tone = clamp(y);
      return;
    }
    const u = x / size;
    const v = y / (size * squash);
    const i = Math.floor(u);
    const j = Math.floor(v);
    // Distances to the nearest and the second nearest slab centre: equal in a cleft.
    let nearest = 9;
    let second = 9;
    let slab = 0;
    for (let b = j - 1; b <= j + 1; b++) {
      for (let a = i - 1; a <= i + 1; a++) {
        const dx = a + 0.1 + 0.8 * cellNoise(key, a, b) - u;
        const dy = b + 0.1 + 0.8 * cellNoise(key + 1, a, b) - v;
        const distance = dx * dx + dy * dy;
        if (distance < nearest) {
          second = nearest;
          nearest = distance;
          slab = cellNoise(key + 2, a, b);
        } else if (distance < second) {
          second = distance;
        }
      }
    }
    const gap = Math.sqrt(second) - Math.sqrt(nearest);
    sample.material = 1;
    sample.thing = 'glacier';
    sample.tone = gap < cleft ? 0.1 : 0.65 + 0.35 * slab;
  };
};

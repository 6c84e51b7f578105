import { cellNoise, clamp, fraction } from './canvas.js';
import type { SceneMaker } from './canvas.js';

/** Blocks with flat roofs at different heights and a grid of windows on each. */
export const buildings: SceneMaker = (random) => {
  const width = random.between(0.22, 0.4);
  const offset = random.uniform();
  const roof = random.between(0.1, 0.4);
  const relief = random.between(0.1, 0.35);
  const windowWidth = random.between(0.055, 0.095);
  const windowHeight = windowWidth * random.between(0.8, 1.5);
  const share = random.between(0.45, 0.65);
  const lit = random.between(0.6, 1);
  const key = random.integer(1 << 24);
  return (x, y, sample) => {
    const at = x / width + offset;
    const block = Math.floor(at);
    const top = roof + relief * (cellNoise(key, block, 0) - 0.5) * 2;
    if (y < top) {
      sample.material = 0;
      sample.thing = 'sky';
      sample.tone = clamp(y);
      return;
    }
    const shade = 0.25 * cellNoise(key, block, 1);
    sample.material = 1;
    sample.thing = 'building';
    sample.tone = shade;
    const u = ((at - block) * width) / windowWidth;
    const v = (y - top) / windowHeight;
    const inside = fraction(u) < share && fraction(v) > 1 - share;
    if (inside && v > 0.4 && cellNoise(key + block, Math.floor(u), Math.floor(v)) < lit) {
      sample.tone = 0.75 + 0.25 * cellNoise(key, Math.floor(u) + 7 * block, Math.floor(v));
    }
  };
};

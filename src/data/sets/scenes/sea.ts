import { clamp, valueNoise } from './canvas.js';
import type { SceneMaker } from './canvas.js';

/** Waves lying across, closer together towards the horizon, with crests that break off. */
export const sea: SceneMaker = (random) => {
  const horizon = random.between(0, 0.45);
  const waves = random.between(5, 9);
  const phase = random.between(0, 6.28);
  const bend = random.between(0.1, 0.4);
  const length = random.between(2, 5);
  const key = random.integer(1 << 24);
  return (x, y, sample) => {
    if (y < horizon) {
      sample.material = 0;
      sample.thing = 'sky';
      sample.tone = clamp(y);
      return;
    }
    const depth = Math.pow((y - horizon) / (1.05 - horizon), 0.7);
    const swell = valueNoise(key, x * length, y * 4);
    const wave = Math.sin(phase + 6.283 * waves * depth + 6.283 * bend * (swell - 0.5) * 2);
    const crest = valueNoise(key + 1, x * length * 2, Math.floor(phase / 6.283 + waves * depth) * 3.7);
    sample.material = 1;
    sample.thing = 'water';
    sample.tone = clamp(0.5 + 0.5 * wave * (0.55 + 0.6 * crest));
  };
};

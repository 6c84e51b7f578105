import { cellNoise, clamp, valueNoise } from './canvas.js';
import type { SceneMaker } from './canvas.js';

/** Upright trunks at uneven distances below leaves. */
export const forest: SceneMaker = (random) => {
  const spacing = random.between(0.1, 0.18);
  const offset = random.uniform();
  const thickness = random.between(0.25, 0.45);
  const lean = random.between(-0.12, 0.12);
  const leafEdge = random.between(0.1, 0.45);
  const leafSize = random.between(0.035, 0.06);
  const ground = random.between(0.75, 1.1);
  const key = random.integer(1 << 24);
  return (x, y, sample) => {
    const leaves = valueNoise(key, x / leafSize, y / leafSize);
    const edge = leafEdge + 0.15 * (valueNoise(key + 1, x * 6, 0) - 0.5);
    if (y < edge) {
      sample.material = 1;
      sample.thing = 'tree';
      sample.tone = clamp((leaves - 0.25) * 2);
      return;
    }
    // A trunk stands somewhere in its cell and grows thicker towards the ground.
    const at = (x + lean * (y - 0.5)) / spacing + offset;
    const cell = Math.floor(at);
    const half = thickness * (0.35 + 0.3 * cellNoise(key, cell, 2)) * (0.8 + 0.4 * y);
    const centre = 0.5 + (1 - 2 * half) * (cellNoise(key, cell, 3) - 0.5);
    const distance = Math.abs(at - cell - centre) / half;
    if (distance < 1) {
      sample.material = 1;
      sample.thing = 'trunk';
      sample.tone = 0.15 * cellNoise(key, cell, 4) + 0.25 * distance;
    } else if (y > ground) {
      sample.material = 1;
      sample.thing = 'ground';
      sample.tone = clamp(0.3 + 0.6 * leaves);
    } else {
      sample.material = 0;
      sample.thing = 'sky';
      sample.tone = clamp(0.6 + 0.3 * valueNoise(key + 5, x * 5, y * 5));
    }
  };
};

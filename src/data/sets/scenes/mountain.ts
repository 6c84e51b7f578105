import { cellNoise, clamp, valueNoise } from './canvas.js';
import type { SceneMaker } from './canvas.js';

/** Ranges of peaks, one behind the other; every peak has a lit and a shaded flank. */
export const mountain: SceneMaker = (random) => {
  const ranges = 2 + random.integer(2);
  const layers = Array.from({ length: ranges }, (_, i) => ({
    base: random.between(0.35, 0.55) + (0.35 * i) / ranges,
    width: random.between(0.35, 0.6),
    height: random.between(0.25, 0.45),
    offset: random.uniform(),
    key: random.integer(1 << 24),
  }));
  const lightFromLeft = random.uniform() < 0.5;
  const rough = random.between(0.02, 0.06);
  return (x, y, sample) => {
    // From the front to the back: the first range that covers the point is seen.
    for (let i = layers.length - 1; i >= 0; i--) {
      const { base, width, height, offset, key } = layers[i]!;
      const bent = x + rough * (valueNoise(key, x * 9, y * 9) - 0.5) * 2;
      const at = bent / width + offset;
      const cell = Math.floor(at);
      const peak = 0.35 + 0.3 * cellNoise(key, cell, 0);
      const along = at - cell;
      const rise = along < peak ? along / peak : (1 - along) / (1 - peak);
      const top = base - height * (0.5 + 0.5 * cellNoise(key, cell, 1)) * rise;
      if (y < top) continue;
      // The ridge runs down from the peak, slanting, and parts light from shade.
      const ridge =
        peak + 0.25 * (cellNoise(key, cell, 2) - 0.5) + 0.3 * (y - top) * (cellNoise(key, cell, 3) - 0.5);
      const lit = along < ridge === lightFromLeft;
      sample.material = 1;
      sample.thing = 'mountain';
      sample.tone = clamp((lit ? 0.8 : 0.12) + 0.15 * (i / ranges) + 0.1 * (y - top));
      return;
    }
    sample.material = 0;
    sample.thing = 'sky';
    sample.tone = clamp(y);
  };
};

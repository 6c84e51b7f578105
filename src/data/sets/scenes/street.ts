import { cellNoise, clamp, fraction } from './canvas.js';
import type { SceneMaker } from './canvas.js';

/** A road that runs to a vanishing point, dashed in the middle, between two rows of house fronts. */
export const street: SceneMaker = (random) => {
  const vanishX = random.between(0.25, 0.75);
  const vanishY = random.between(0.25, 0.55);
  const roadWidth = random.between(0.5, 1);
  const houseSlope = random.between(0.6, 1.4);
  const dash = random.between(0.05, 0.09);
  const start = random.uniform();
  const frontEvery = random.between(0.5, 0.8);
  const key = random.integer(1 << 24);
  return (x, y, sample) => {
    const dx = x - vanishX;
    const dy = y - vanishY;
    const side = Math.abs(dx);
    if (dy > 0 && side < roadWidth * dy) {
      // On the road: distance goes with 1 / dy, so stripes shrink towards the vanishing point.
      const stripe = side < dash * dy * 1.6 && fraction(start - 0.9 * Math.log(dy)) < 0.5;
      const kerb = side > (roadWidth - 0.14) * dy;
      sample.material = 2;
      sample.thing = 'road';
      sample.tone = stripe || kerb ? 0.95 : 0.15;
      return;
    }
    if (side > 0.02 && dy > -houseSlope * side) {
      // House fronts on either side, their edges evenly spaced in depth.
      const depth = Math.log(side) / frontEvery + start;
      const house = Math.floor(depth) * 2 + (dx < 0 ? 1 : 0);
      const along = fraction(depth);
      const height = dy / (side * houseSlope);
      const floor = fraction((height + 1) * 2.2);
      sample.material = 1;
      sample.thing = 'building';
      sample.tone = along < 0.12 ? 0.05 : 0.3 + 0.4 * cellNoise(key, house, 0);
      if (along > 0.35 && along < 0.75 && floor > 0.35 && floor < 0.75 && height < 0.5)
        sample.tone = clamp(sample.tone - 0.35);
      return;
    }
    sample.material = 0;
    sample.thing = 'sky';
    sample.tone = clamp(y);
  };
};

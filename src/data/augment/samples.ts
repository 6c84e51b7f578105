import { fillOf, rotation, transform } from './affine.js';
import type { Canvas } from './canvas.js';
import { adjustColors, extremesOfColorJitter } from './color-jitter.js';
import { grayscale } from './grayscale.js';
import type { AugmentConfig } from './options.js';
import { applyOperation } from './policies/operations.js';
import { policyOf } from './policies/policy.js';

/** One operation of an augmentation, to be shown. */
export interface Sample {
  readonly title: string;
  apply(canvas: Canvas): void;
}

/**
 * Each operation alone, at the strongest it is drawn: of turns, colours and policies, which the augmented images show
 * mixed up with each other.
 * @param size height and width of the images
 */
export function samplesOf(config: AugmentConfig, size: number): Sample[] {
  const { rotation: turn, policy, colorJitter } = config;
  const samples: Sample[] = [];
  if (turn !== null) {
    samples.push({
      title: `rotation ${turn.degrees}°`,
      apply: (canvas) =>
        transform(canvas, rotation(turn.degrees, size), turn.interpolation, fillOf(turn.fill)),
    });
  }
  if (policy !== null) {
    const drawing = { interpolation: policy.interpolation, fill: fillOf(policy.fill) };
    for (const drawn of policyOf(policy, size).strongest) {
      if (drawn.operation === 'identity') continue;
      const strength = drawn.magnitude === 0 ? '' : ` ${Number(drawn.magnitude.toPrecision(3))}`;
      samples.push({
        title: `${drawn.operation}${strength}`,
        apply: (canvas) => applyOperation(canvas, drawn, drawing),
      });
    }
  }
  for (const adjustment of colorJitter === null ? [] : extremesOfColorJitter(colorJitter)) {
    const factor = Number(adjustment.factor.toPrecision(3));
    samples.push({
      title: `${adjustment.name} ${adjustment.name === 'hue' && factor > 0 ? '+' : ''}${factor}`,
      apply: (canvas) => adjustColors(canvas, adjustment),
    });
  }
  if (config.grayscale > 0) samples.push({ title: 'grayscale', apply: ({ pixels }) => grayscale(pixels) });
  return samples;
}

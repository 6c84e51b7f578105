import { percent } from '../../util/number-text.js';
import { csvName, oneLine } from '../../util/one-line.js';
import type { Prediction } from '../task.js';

/** Columns of `predict --csv`, after the image. */
export const predictionColumns = ['rank', 'class', 'probability'] as const;

/** A class of an image, and how likely it is. */
export interface RankedClass {
  readonly name: string;
  readonly probability: number;
}

/** The `top` classes of an image by falling probability (softmax of the logits). */
export function rankClasses(logits: Float32Array, names: readonly string[], top: number): RankedClass[] {
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (z) => Math.exp(z - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return names
    .map((name, n) => ({ name, probability: powers[n] / total }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, top);
}

/** The same, for people and for files. */
export function predictClasses(logits: Float32Array, names: readonly string[], top: number): Prediction {
  const classes = rankClasses(logits, names, top);
  return {
    record: { classes },
    rows: classes.map(({ name, probability }, i) => [i + 1, csvName(name), probability]),
    lines: classes.map(({ name, probability }) => `${percent(probability).padStart(7)}  ${oneLine(name)}`),
  };
}

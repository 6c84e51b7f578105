import { percent } from '../../util/number-text.js';
import { csvName, oneLine } from '../../util/one-line.js';
import type { Prediction } from '../task.js';
import { saidClasses } from './meters.js';

/** Columns of `predict --csv`, after the image. */
export const predictionColumns = ['class', 'share'] as const;

/** The mask of an image, and the `top` classes by falling share of its pixels. */
export function predictMask(logits: Float32Array, names: readonly string[], top: number): Prediction {
  // A class has to stand in a mask: without a number the first.
  const mask = Uint8Array.from(saidClasses(logits, names.length), (said) => Math.max(0, said));
  const counts = names.map(() => 0);
  for (const label of mask) counts[label]++;
  const classes = names
    .map((name, c) => ({ name, share: counts[c] / mask.length }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, top);
  return {
    record: { classes },
    rows: classes.map(({ name, share }) => [csvName(name), share]),
    lines: classes.map(({ name, share }) => `${percent(share).padStart(7)}  ${oneLine(name)}`),
    mask,
  };
}

import { drawBeta } from './beta.js';
import { RandomStream } from '../../../util/random.js';
import type { Box } from '../../resize.js';
import type { MixingConfig } from './options.js';

/** How a batch is mixed: each image with the one before it, the first with the last. */
export type Mixing =
  | {
      readonly kind: 'mixup';
      /** Share of the image itself, 0…1; the rest is the other's. */
      readonly share: number;
    }
  | {
      readonly kind: 'cutmix';
      /** Share of the image's area that stays its own. */
      readonly share: number;
      /** Where the other image is. */
      readonly box: Box;
    };

/**
 * How the batch of this key is mixed, or null: one of the two at most, with its probability.
 * @param size height and width of the images
 */
export function drawMixing(key: number, { mixup, cutmix }: MixingConfig, size: number): Mixing | null {
  const choice = new RandomStream(key, 'mixing').uniform();
  const first = mixup?.probability ?? 0;
  if (mixup && choice < first) {
    return { kind: 'mixup', share: drawBeta(new RandomStream(key, 'mixup'), mixup.alpha, mixup.alpha) };
  }
  if (!cutmix || choice >= first + cutmix.probability) return null;
  const stream = new RandomStream(key, 'cutmix');
  const share = drawBeta(stream, cutmix.alpha, cutmix.alpha);
  const box = cutBox(stream, share, size);
  // The border cuts boxes: what counts is the area that is left of them.
  return { kind: 'cutmix', share: 1 - (box.width * box.height) / (size * size), box };
}

// --- internal ---

/** A box of 1 − share of the area around any pixel, cut at the border (torchvision `CutMix`). */
function cutBox(stream: RandomStream, share: number, size: number): Box {
  const half = Math.floor(0.5 * Math.sqrt(1 - share) * size);
  const [x, y] = [stream.integer(size), stream.integer(size)];
  const [left, top] = [Math.max(0, x - half), Math.max(0, y - half)];
  return { left, top, width: Math.min(size, x + half) - left, height: Math.min(size, y + half) - top };
}

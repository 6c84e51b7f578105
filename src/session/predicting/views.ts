import { shiftCrop } from '../../data/augment/shift-crop.js';
import type { Task } from '../../tasks/task.js';
import type { Predictor } from '../../train/predictor.js';
import { badInput } from '../../util/errors.js';

/** In which forms a predictor is asked about an image (test-time augmentation). */
export interface Views {
  /** The mirror image too. */
  readonly flips: boolean;
  /** All that again, moved by so many pixels up and left, and down and right; 0: not. */
  readonly shift: number;
}

/** The image as it is. */
export const PLAIN: Views = { flips: false, shift: 0 };

/** Whether there is more than the image as it is. */
export function hasViews({ flips, shift }: Views): boolean {
  return flips || shift > 0;
}

/** `-flips-shift-1`: what stands behind the name of what was measured with these views. */
export function viewsSuffix({ flips, shift }: Views): string {
  return `${flips ? '-flips' : ''}${shift > 0 ? `-shift-${shift}` : ''}`;
}

/**
 * Asks a predictor about each image in several forms, and takes the mean. Those that are moved have half the weight
 * together, as in airbench ("94% on CIFAR-10 in 3.29 Seconds on a Single GPU", Jordan 2024, section 3.5); what comes in
 * at the border is the image mirrored there.
 * What a mirror image says of each pixel is mirrored back before.
 * @throws InvolveError (exit code 2), when it is asked, where nothing is left of an image that is moved; at once where
 *   pixels are told apart, since of those at the border an image that is moved says nothing
 */
export function withViews(
  predictor: Predictor,
  task: Pick<Task, 'mean' | 'target'>,
  views: Views,
): Predictor {
  const { flips, shift } = views;
  if (!hasViews(views)) return predictor;
  const isPerPixel = task.target.perPixel === true;
  if (isPerPixel && shift > 0) {
    throw badInput('E_ARGUMENT', {
      what: 'an image that is moved says nothing of the pixels that it loses, and this run predicts a class of each',
      where: '--tta-shift',
      try: '--tta',
    });
  }
  return {
    outputs: async (images, count, size) => {
      if (shift >= size) {
        throw badInput('E_ARGUMENT', {
          what: `nothing is left of an image of ${size}×${size} pixels that is moved by ${shift}`,
        });
      }
      const asked = async (of: Float32Array) => {
        const plain = await predictor.outputs(of, count, size);
        if (!flips) return [plain];
        const other = await predictor.outputs(mirrored(of, size), count, size);
        return [plain, isPerPixel ? mirrored(other, size, other.length / (count * size * size)) : other];
      };
      const inPlace = await asked(images);
      if (shift === 0) return task.mean(inPlace);
      const [away, toward] = [
        await asked(moved(images, size, -shift)),
        await asked(moved(images, size, shift)),
      ];
      return task.mean([task.mean(inPlace), task.mean([...away, ...toward])]);
    },
    dispose: () => predictor.dispose(),
  };
}

// --- internal ---

/** Maps [count, size, size, channels] with left and right changed. */
function mirrored(maps: Float32Array, size: number, channels = 3): Float32Array {
  const out = new Float32Array(maps.length);
  for (let row = 0; row < maps.length; row += size * channels) {
    for (let x = 0; x < size; x++) {
      const from = row + (size - 1 - x) * channels;
      out.set(maps.subarray(from, from + channels), row + x * channels);
    }
  }
  return out;
}

/** Images [count, size, size, 3], each moved to the right and down by `by` pixels. */
function moved(images: Float32Array, size: number, by: number): Float32Array {
  const out = new Float32Array(images.length);
  const length = size * size * 3;
  for (let start = 0; start < images.length; start += length) {
    const [from, to] = [images, out].map((all) => all.subarray(start, start + length));
    shiftCrop(from, to, size, { dx: by, dy: by }, 'reflect');
  }
  return out;
}

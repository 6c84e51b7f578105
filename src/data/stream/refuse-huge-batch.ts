import { smallerBatch } from '../../engine/footprint.js';
import { runFailed } from '../../util/errors.js';
import { gigabytes } from '../../util/gigabytes.js';

/** More than any engine takes in one piece. */
const MOST_BYTES = 2 ** 32;

/**
 * Refuses a batch that no array can hold, before one is made for it.
 * @param count images of the batch
 * @param size their height and width
 * @throws InvolveError E_OUT_OF_MEMORY (exit code 1) with the batch that fits
 */
export function refuseHugeBatch(count: number, size: number): void {
  const imageBytes = 4 * 3 * size * size;
  if (count * imageBytes <= MOST_BYTES) return;
  throw runFailed('E_OUT_OF_MEMORY', {
    what: `a batch of ${count} images of ${size}×${size} is ${gigabytes(count * imageBytes)} of pixels, and at most ${gigabytes(MOST_BYTES)} go into one`,
    try: smallerBatch(Math.floor(MOST_BYTES / imageBytes)),
  });
}

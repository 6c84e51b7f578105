import { InvolveError } from '../util/errors.js';
import type { ModelConfig } from './options.js';
import { designFeatures, type InputSize, type Network } from './registry.js';

/**
 * The first of `sizes` that the network of a config can take as height and width of its images.
 * @throws InvolveError of the last one when it can take none
 */
export function firstFittingSize(config: ModelConfig, sizes: readonly number[]): number {
  const found = sizes.slice(0, -1).find((size) => fits(config, size));
  if (found !== undefined) return found;
  const last = sizes[sizes.length - 1];
  designFeatures(config, last);
  return last;
}

/**
 * `designFeatures` for a user: where images of another size would do, the error says which is the first.
 * @throws InvolveError when options do not fit together
 */
export function designFitting(config: ModelConfig, inputSize: InputSize): Network {
  if (typeof inputSize !== 'number') return designFeatures(config, inputSize);
  try {
    return designFeatures(config, inputSize);
  } catch (error) {
    if (!(error instanceof InvolveError) || !error.problems.some(({ try: hint }) => hint?.includes(SIZE))) {
      throw error;
    }
    const size = Array.from({ length: REACH }, (_, i) => inputSize + 1 + i).find((each) =>
      fits(config, each),
    );
    if (size === undefined) throw error;
    const say = (hint: string | undefined): string | undefined =>
      hint?.includes(SIZE) ? `${hint}; the next data.inputSize that fits is ${size}` : hint;
    throw new InvolveError(
      error.code,
      error.exitCode,
      error.problems.map((problem) => ({ ...problem, try: say(problem.try) })),
    );
  }
}

// --- internal ---

/** What a layer's hint names that minds the size of its map. */
const SIZE = 'data.inputSize';
/** How many larger sizes are tried. */
const REACH = 128;

function fits(config: ModelConfig, size: number): boolean {
  try {
    designFeatures(config, size);
    return true;
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return false;
  }
}

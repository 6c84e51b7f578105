import type { ModelConfig } from '../config/schema.js';
import { InvolveError } from '../util/errors.js';
import { designModel } from './registry.js';

/**
 * The first of `sizes` that the network of a config can take as height and width of its images.
 * @throws InvolveError of the last one when it can take none
 */
export function firstFittingSize(config: ModelConfig, sizes: readonly number[], classes: number): number {
  for (const size of sizes.slice(0, -1)) {
    try {
      designModel(config, size, classes);
      return size;
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
    }
  }
  const last = sizes[sizes.length - 1];
  designModel(config, last, classes);
  return last;
}

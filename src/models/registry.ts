import type { ModelConfig } from '../config/schema.js';
import { Blueprint } from './blueprint.js';
import { efficientnet } from './efficientnet.js';

/** Builds the layers of each family; one line a family. */
const families = {
  efficientnet,
} as const;

/**
 * The network of a config as a blueprint: layers and shapes, no weights yet.
 * @param inputSize height and width of the images
 * @throws InvolveError when options do not fit together
 */
export function designModel(config: ModelConfig, inputSize: number, classes: number): Blueprint {
  const net = new Blueprint([inputSize, inputSize, 3]);
  families[config.family](net, config, classes);
  return net;
}

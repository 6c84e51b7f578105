import type { Blueprint } from '../layers/blueprint.js';
import { designFitting } from '../models/first-fitting-size.js';
import type { ModelConfig } from '../models/options.js';
import type { Task } from './task.js';

/**
 * The network of a config with the head of a task, as a blueprint: layers and shapes, no weights yet.
 * @param inputSize height and width of the images
 * @throws InvolveError when options do not fit together; where images of another size would do, it says which is
 * the first
 */
export function designFor(task: Pick<Task, 'head'>, config: ModelConfig, inputSize: number): Blueprint {
  const { net, features } = designFitting(config, inputSize);
  task.head(net, features);
  return net;
}

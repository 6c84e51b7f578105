import type { Blueprint } from '../layers/blueprint.js';
import { designFitting } from '../models/first-fitting-size.js';
import type { Features } from '../models/features.js';
import type { ModelConfig } from '../models/options.js';
import type { InputSize } from '../models/registry.js';
import type { Task } from './task.js';

/** A network with a head. */
export interface Design {
  readonly net: Blueprint;
  /** What the head is put on. */
  readonly features: Features;
  /** Names of the layers of the head. */
  readonly head: ReadonlySet<string>;
}

/**
 * The network of a config with the head of a task, as a blueprint: layers and shapes, no weights yet.
 * @param inputSize of the images
 * @throws InvolveError when options do not fit together; where images of another size would do, it says which is
 * the first
 */
export function designFor(task: Pick<Task, 'head'>, config: ModelConfig, inputSize: InputSize): Blueprint {
  return designWithHead(task, config, inputSize).net;
}

/** The same, and which of its layers are the head. */
export function designWithHead(task: Pick<Task, 'head'>, config: ModelConfig, inputSize: InputSize): Design {
  const { net, features } = designFitting(config, inputSize);
  const before = new Set(net.layerNames);
  task.head(net, features);
  return { net, features, head: new Set(net.layerNames.filter((name) => !before.has(name))) };
}

import type { Binding } from './binding.js';
import type { NodeBackend, NodeBackendClass } from './node-kernels.js';

/** tfjs-node's backend with what the engine adds to it. */
export interface TensorflowBackend extends NodeBackend {
  /** Whether steps are to be recorded and replayed. */
  replays: boolean;
}

/** Makes the backend: tfjs-node's own class over our binding. */
export function createBackend(Base: NodeBackendClass, binding: Binding): TensorflowBackend {
  class Backend extends Base implements TensorflowBackend {
    replays = false;
  }
  return new Backend(binding, '@tensorflow/tfjs-node-gpu');
}

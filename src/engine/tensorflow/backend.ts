import type { Footprint } from '../footprint.js';
import type { Binding } from './binding.js';
import type { NodeBackend, NodeBackendClass } from './node-kernels.js';

/** tfjs-node's backend with what the engine adds to it. */
export interface TensorflowBackend extends NodeBackend {
  /** What there is of memory, and what a process holds beside steps. */
  footprint: Footprint;
  /** Whether steps run in the order in which they are recorded, fitting or not. */
  readonly runsInOrder: boolean;
}

/** Makes the backend: tfjs-node's own class over our binding. */
export function createBackend(
  Base: NodeBackendClass,
  binding: Binding,
  { footprint, runsInOrder }: Pick<TensorflowBackend, 'footprint' | 'runsInOrder'>,
): TensorflowBackend {
  class Backend extends Base implements TensorflowBackend {
    footprint = footprint;
    readonly runsInOrder = runsInOrder;
  }
  return new Backend(binding, '@tensorflow/tfjs-node-gpu');
}

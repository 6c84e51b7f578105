import * as tf from '../tf-core.js';
import { named, type AttributeValue } from './attributes.js';
import type { TensorflowBackend } from './backend.js';

/**
 * Calls an operation of TensorFlow's: computed at once, or put into the graph while a step is recorded. Kernels are
 * made of this alone, and so work both ways. The outputs belong to the current scope of tf.js: a kernel of several
 * operations is to be wrapped in `tf.tidy`.
 * @param attributes all that the operation's definition has no default for, made with `attr`; types included
 * @param outputs how many outputs it has
 */
export function executeOp(
  name: string,
  attributes: Readonly<Record<string, AttributeValue>>,
  inputs: readonly tf.TensorInfo[],
  outputs: number,
): tf.Tensor[] {
  return (tf.backend() as TensorflowBackend).executeMultipleOutputs(name, named(attributes), inputs, outputs);
}

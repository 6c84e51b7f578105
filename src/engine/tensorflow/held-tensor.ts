import type { OpAttribute } from './attributes.js';
import type { Values } from './c-api/native-tensor.js';

/** What stands behind a tensor of the backend: values on the device, an output of a graph, a variable's place. */
export interface HeldTensor {
  readonly shape: readonly number[];
  /** TF_DataType. */
  readonly type: number;
  /** A copy of its values on the host. */
  values(): NodeJS.TypedArray | Uint8Array[];
  /** A TFE_TensorHandle that belongs to it. */
  handle(): number;
  dispose(): void;
}

/** Where operations go: they are computed at once, or written down. */
export interface Executor {
  createTensor(shape: readonly number[], type: number, values: Values): HeldTensor;
  execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly HeldTensor[],
    outputs: number,
  ): HeldTensor[];
}

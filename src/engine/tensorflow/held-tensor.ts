import type { Reduction } from '../all-reduce.js';
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

/** What becomes of the vectors that workers bring, and how many values those of this one are of. */
export interface ReductionOf {
  readonly reduction: Reduction;
  readonly places: number;
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
  /** Takes down that workers meet here: vectors become others of the same length. Not there where all is computed at once. */
  allReduce?(how: ReductionOf, inputs: readonly HeldTensor[], outputs: number): HeldTensor[];
}

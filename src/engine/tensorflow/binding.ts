import { ATTRIBUTE, type OpAttribute } from './attributes.js';
import type { EagerExecutor } from './eager.js';
import { TF } from './c-api/data-types.js';
import type { Executor, HeldTensor } from './held-tensor.js';
import type { Values } from './c-api/native-tensor.js';

/** An output of an operation as tfjs-node's backend takes it. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/**
 * What the compiled addon of tfjs-node offers to its JavaScript (binding/tfjs_binding.cc there), over the C API:
 * tensors by number, and operations on them.
 */
export class Binding {
  readonly TF_FLOAT = TF.float;
  readonly TF_INT32 = TF.int32;
  readonly TF_INT64 = TF.int64;
  readonly TF_BOOL = TF.bool;
  readonly TF_COMPLEX64 = TF.complex64;
  readonly TF_STRING = TF.string;
  readonly TF_RESOURCE = TF.resource;
  readonly TF_UINT8 = TF.uint8;
  readonly TF_ATTR_STRING = ATTRIBUTE.text;
  readonly TF_ATTR_INT = ATTRIBUTE.int;
  readonly TF_ATTR_FLOAT = ATTRIBUTE.float;
  readonly TF_ATTR_BOOL = ATTRIBUTE.bool;
  readonly TF_ATTR_TYPE = ATTRIBUTE.type;
  readonly TF_ATTR_SHAPE = ATTRIBUTE.shape;
  /** A kind that no kernel sets here, but compares with. */
  readonly TF_ATTR_RESOURCE = 999;
  readonly TF_Version: string;
  /** Takes what is done from now on; the eager one when nothing is recorded. */
  executor: Executor;
  readonly #held = new Map<number, HeldTensor>();
  #next = 0;

  constructor(readonly eager: EagerExecutor) {
    this.executor = eager;
    this.TF_Version = eager.api.TF_Version();
  }

  isUsingGpuDevice(): boolean {
    return this.eager.gpu !== undefined;
  }

  createTensor(shape: readonly number[], type: number, values: Values): number {
    return this.hold(this.executor.createTensor(shape, type, values));
  }

  deleteTensor(id: number): void {
    this.heldAt(id).dispose();
    this.#held.delete(id);
  }

  tensorDataSync(id: number): NodeJS.TypedArray | Uint8Array[] {
    return this.heldAt(id).values();
  }

  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[] {
    const held = inputs.map((id) => this.heldAt(id));
    return this.executor.execute(name, attributes, held, outputs).map((result) => this.metadata(result));
  }

  getNumOfTensors(): number {
    return this.#held.size;
  }

  getNumOfSavedModels(): number {
    return 0;
  }

  /** Gives a tensor a number, for tfjs-node's backend to make a tf.js tensor of. */
  metadata(held: HeldTensor): TensorMetadata {
    return { id: this.hold(held), shape: [...held.shape], dtype: held.type };
  }

  /** Gives a tensor a number. */
  hold(held: HeldTensor): number {
    this.#held.set(this.#next, held);
    return this.#next++;
  }

  heldAt(id: number): HeldTensor {
    const held = this.#held.get(id);
    if (held === undefined) throw new Error(`There is no tensor ${id} in TensorFlow.`);
    return held;
  }

  /** Puts other memory behind a number; what was there is the caller's to dispose of. */
  replace(id: number, held: HeldTensor): void {
    this.#held.set(id, held);
  }
}

import type { DataType, TensorInfo, TypedArray, backend_util } from '../tf-core.js';
import { runFailed } from '../../util/errors.js';
import type { SharedMemory } from './memory.js';
import { isVirtual } from './virtual-address.js';

type ViewOf = new (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray;

const VIEWS: Readonly<Record<string, ViewOf>> = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

/** Whether tensors of this type lie in the memory; strings and complex numbers do not. */
export function isNumeric(dtype: DataType): boolean {
  return dtype in VIEWS;
}

/** Numbers of a type in a stretch of memory. */
export function viewOf(
  buffer: ArrayBufferLike,
  dtype: DataType,
  pointer: number,
  length: number,
): TypedArray {
  return new VIEWS[dtype](buffer, pointer, length);
}

/** What tf.js keeps for a tensor. `values` is what its CPU kernels read: a view made when first asked for. */
export class WasmTensorData<D extends DataType = DataType> {
  refCount = 1;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  #view: TypedArray | undefined;

  /** @param known the values of a constant that was made while a program is recorded */
  constructor(
    readonly memory: SharedMemory,
    readonly dtype: D,
    readonly pointer: number,
    readonly length: number,
    known?: TypedArray,
  ) {
    this.#view = known;
  }

  get values(): backend_util.BackendValues {
    if (this.#view === undefined) {
      if (isVirtual(this.pointer)) throw dependsOnValues();
      this.#view = viewOf(this.memory.buffer, this.dtype, this.pointer, this.length);
    }
    return this.#view;
  }

  /** Whether the values are known although nothing was computed. */
  get isConstant(): boolean {
    return isVirtual(this.pointer) && this.#view !== undefined;
  }
}

/** What is recorded must not depend on the values of tensors: they are not there. */
export function dependsOnValues(): Error {
  return runFailed('E_NOT_REPLAYABLE', {
    what: 'the model reads the values of a tensor within a step, so the step cannot be recorded',
    try: '--set engine.mode=eager',
  });
}

import type { Reduction } from '../all-reduce.js';
import type { KernelFunc, TensorInfo, TypedArray } from '../tf-core.js';
import type { CallSink } from './pool.js';
import type { WasmTensorData } from './tensor-data.js';

/** Takes the place of memory and threads while a program is recorded: addresses stand for buffers. */
export interface RecordingSink extends CallSink {
  allocate(bytes: number): number;
  /** The address of numbers that are the same every time. */
  constant(values: TypedArray): number;
  /** The address that stands for a tensor that was there before. */
  external(dataId: TensorInfo['dataId'], data: WasmTensorData): number;
  /** Takes down that workers meet here: vectors of `length` values at the addresses `from` become those at `to`. */
  allReduce(
    how: { readonly reduction: Reduction; readonly places: number },
    from: readonly number[],
    to: readonly number[],
    length: number,
  ): void;
  /** Takes down a call of a kernel that runs on tf.js's CPU code. */
  host(name: string, kernelFunc: KernelFunc, params: Parameters<KernelFunc>[0]): TensorInfo | TensorInfo[];
}

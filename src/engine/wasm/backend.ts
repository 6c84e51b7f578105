import { availableParallelism } from 'node:os';
import { MathBackendCPU } from '../tf-cpu.js';
import {
  type DataType,
  type NumericDataType,
  type TensorInfo,
  type TypedArray,
  type backend_util,
  util,
} from '../tf-core.js';
import { hasRelaxedSimd, loadKernels } from './loader.js';
import { SharedMemory } from './memory.js';
import { Pool } from './pool.js';
import { Arena } from './arena.js';
import type { RecordingSink } from './recording-sink.js';
import { type Routines, routinesBy } from './routines.js';
import { WasmTensorData, dependsOnValues, isNumeric } from './tensor-data.js';
import { isVirtual } from './virtual-address.js';

export { WasmTensorData } from './tensor-data.js';

type DataId = TensorInfo['dataId'];
/** Strings and complex numbers: not in the memory, handled by tf.js's CPU backend. */
interface PlainTensorData {
  values?: backend_util.BackendValues;
  dtype: DataType;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  refCount: number;
}

export interface WasmBackendOptions {
  /** Threads in all; by default what the system says is worth using. */
  readonly threads?: number;
  /** `false` takes the kernels without relaxed SIMD; by default they are taken where they must. */
  readonly relaxedSimd?: boolean;
  /** Limit of the tensors' memory; 4 GiB by default. */
  readonly maximumBytes?: number;
}

export interface WasmBackendInfo {
  readonly threads: number;
  readonly relaxedSimd: boolean;
  readonly usedBytes: number;
  readonly peakBytes: number;
  /** Calls, by kernel name, that a plain TypeScript or tf.js CPU kernel served. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/**
 * A tf.js backend whose tensors live in one WebAssembly memory, shared by all threads. It extends the
 * CPU backend, so every CPU kernel of tf.js runs on it too, over the same memory.
 */
export class WasmBackend extends MathBackendCPU {
  readonly sharedMemory: SharedMemory;
  readonly pool: Pool;
  /** Calls of the compiled routines, by all threads together. */
  readonly routines: Routines;
  /** The same on the main thread alone: for work of a few microseconds. */
  readonly alone: Routines;
  readonly relaxedSimd: boolean;
  readonly fallbacks = new Map<string, number>();
  /** The memory that recorded programs share: they run one at a time. */
  readonly arena: Arena;
  #recorder: RecordingSink | undefined;

  constructor(options: WasmBackendOptions = {}) {
    super();
    // The CPU backend greets its first tensor with an advertisement for tfjs-node.
    (this as unknown as { firstUse: boolean }).firstUse = false;
    this.relaxedSimd = (options.relaxedSimd ?? true) && hasRelaxedSimd();
    this.sharedMemory = new SharedMemory(options.maximumBytes);
    this.arena = new Arena(this.sharedMemory);
    const threads = Math.max(1, Math.floor(options.threads ?? availableParallelism()));
    this.pool = new Pool(loadKernels(this.relaxedSimd), this.sharedMemory.memory, threads);
    this.routines = routinesBy((routine, items, args) => this.pool.call(routine, items, args, false));
    this.alone = routinesBy((routine, items, args) => this.pool.call(routine, items, args, true));
  }

  // --- tensors ---

  /** A new tensor with unset values, for a kernel to fill. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.#register({}, shape as number[], dtype, util.sizeFromShape(shape as number[]));
  }

  /** Where the values of a tensor begin in the memory. */
  pointer(tensor: TensorInfo): number {
    const data = this.#data(tensor.dataId);
    if (this.#recorder && !isVirtual(data.pointer)) return this.#recorder.external(tensor.dataId, data);
    if (!this.#recorder && isVirtual(data.pointer)) throw dependsOnValues();
    return data.pointer;
  }

  /** The same values under another shape: no copy, one reference more. */
  alias(tensor: TensorInfo, shape: number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  /** Calls `use` with the address of `bytes` bytes that are its own until it returns. */
  scratch<T>(bytes: number, use: (pointer: number) => T): T {
    const pointer = this.allocate(bytes);
    try {
      return use(pointer);
    } finally {
      this.free(pointer);
    }
  }

  /** Calls `use` with the address of these numbers, which must not be written to. */
  withNumbers<T>(values: TypedArray, use: (pointer: number) => T): T {
    if (this.#recorder) return use(this.#recorder.constant(values));
    return this.scratch(values.byteLength, (pointer) => {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      new Uint8Array(this.sharedMemory.buffer, pointer, values.byteLength).set(bytes);
      return use(pointer);
    });
  }

  /** Memory for a kernel, to be freed by it. */
  allocate(bytes: number): number {
    return this.#recorder ? this.#recorder.allocate(bytes) : this.sharedMemory.allocate(bytes);
  }

  free(pointer: number): void {
    // Buffers of a recording end with their last use.
    if (!isVirtual(pointer)) this.sharedMemory.free(pointer);
  }

  // --- recording ---

  /** The recording in progress. */
  get recorder(): RecordingSink | undefined {
    return this.#recorder;
  }

  /** Runs `work` with all kernel calls written down by `recorder` and nothing computed. */
  recordWith<T>(recorder: RecordingSink | undefined, work: () => T): T {
    const outer = this.#recorder;
    this.#recorder = this.pool.sink = recorder;
    try {
      return work();
    } finally {
      this.#recorder = this.pool.sink = outer;
    }
  }

  withoutRecording<T>(work: () => T): T {
    return this.recordWith(undefined, work);
  }

  isConstant({ dataId }: TensorInfo): boolean {
    const data: unknown = this.data.get(dataId);
    return data instanceof WasmTensorData && data.isConstant;
  }

  /** What is known of a numeric tensor. */
  dataOf(dataId: DataId): WasmTensorData {
    return this.#data(dataId);
  }

  /** Makes `dataId` a tensor over memory that somebody else owns; `disposeData` must not be called for it. */
  bind(dataId: DataId, dtype: DataType, pointer: number, length: number): void {
    this.data.set(dataId, new WasmTensorData(this.sharedMemory, dtype, pointer, length));
  }

  unbind(dataId: DataId): void {
    this.data.delete(dataId);
  }

  info(): WasmBackendInfo {
    return {
      threads: this.pool.threads,
      relaxedSimd: this.relaxedSimd,
      usedBytes: this.sharedMemory.usedBytes,
      peakBytes: this.sharedMemory.peakBytes,
      fallbacks: Object.fromEntries([...this.fallbacks].sort(([, a], [, b]) => b - a)),
    };
  }

  // --- the interface of tf.js ---

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.#store(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.#store(dataId, values, shape, dtype, refCount);
  }

  /** A copy, in memory that is not shared. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    const data: unknown = this.data.get(dataId);
    if (!(data instanceof WasmTensorData)) return super.readSync(dataId);
    if (this.#recorder && !data.isConstant) throw dependsOnValues();
    return (data.values as TypedArray).slice();
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data: PlainTensorData = this.data.get(dataId);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    if (data.complexTensorInfos) {
      this.disposeData(data.complexTensorInfos.real.dataId, true);
      this.disposeData(data.complexTensorInfos.imag.dataId, true);
    }
    if (data instanceof WasmTensorData) this.free(data.pointer);
    this.data.delete(dataId);
    return true;
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }

  override dispose(): void {
    void this.pool.close();
  }

  // --- internal ---

  #data(dataId: DataId): WasmTensorData {
    const data: unknown = this.data.get(dataId);
    if (!(data instanceof WasmTensorData)) throw new Error('This kernel works on numeric tensors only.');
    return data;
  }

  #register(dataId: DataId, shape: number[], dtype: DataType, length: number): TensorInfo {
    const bytes = length * util.bytesPerElement(dtype);
    const data = new WasmTensorData(this.sharedMemory, dtype, this.allocate(bytes), length);
    this.data.set(dataId, data);
    return { dataId, shape, dtype };
  }

  #store(
    dataId: DataId,
    values: backend_util.BackendValues | null | undefined,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (!isNumeric(dtype)) {
      const data: PlainTensorData = { values: values ?? undefined, dtype, refCount };
      this.data.set(dataId, data);
      return;
    }
    const numbers = values && (util.convertBackendValuesAndArrayBuffer(values, dtype) as TypedArray);
    const length = numbers?.length ?? util.sizeFromShape(shape);
    if (this.#recorder) {
      // A copy: who gave the values may change them.
      const known = numbers ? numbers.slice() : util.makeZerosTypedArray(length, dtype as NumericDataType);
      const pointer = this.#recorder.constant(known);
      const constant = new WasmTensorData(this.sharedMemory, dtype, pointer, length, known);
      constant.refCount = refCount;
      this.data.set(dataId, constant);
      return;
    }
    this.#register(dataId, shape, dtype, length);
    const data = this.#data(dataId);
    data.refCount = refCount;
    if (numbers) (data.values as TypedArray).set(numbers);
    else (data.values as TypedArray).fill(0);
  }
}

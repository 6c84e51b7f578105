import { availableParallelism } from 'node:os';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  type DataType,
  type TensorInfo,
  type TypedArray,
  type backend_util,
  util,
} from '@tensorflow/tfjs-core';
import { hasRelaxedSimd, loadKernels } from './loader.js';
import { SharedMemory } from './memory.js';
import { Pool } from './pool.js';

type DataId = TensorInfo['dataId'];
type ViewOf = new (buffer: SharedArrayBuffer, offset: number, length: number) => TypedArray;

const VIEWS: Readonly<Record<string, ViewOf>> = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

/** What tf.js keeps for a tensor. `values` is what its CPU kernels read: a view made when first asked for. */
export class WasmTensorData<D extends DataType = DataType> {
  refCount = 1;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  #view: TypedArray | undefined;

  constructor(
    readonly memory: SharedMemory,
    readonly dtype: D,
    readonly pointer: number,
    readonly length: number,
  ) {}

  get values(): backend_util.BackendValues {
    this.#view ??= new VIEWS[this.dtype](this.memory.buffer, this.pointer, this.length);
    return this.#view;
  }
}

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
  readonly relaxedSimd: boolean;
  readonly fallbacks = new Map<string, number>();

  constructor(options: WasmBackendOptions = {}) {
    super();
    // The CPU backend greets its first tensor with an advertisement for tfjs-node.
    (this as unknown as { firstUse: boolean }).firstUse = false;
    this.relaxedSimd = (options.relaxedSimd ?? true) && hasRelaxedSimd();
    this.sharedMemory = new SharedMemory(options.maximumBytes);
    const threads = Math.max(1, Math.floor(options.threads ?? availableParallelism()));
    this.pool = new Pool(loadKernels(this.relaxedSimd), this.sharedMemory.memory, threads);
  }

  // --- tensors ---

  /** A new tensor with unset values, for a kernel to fill. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.#register({}, shape as number[], dtype, util.sizeFromShape(shape as number[]));
  }

  /** Where the values of a tensor begin in the memory. */
  pointer(tensor: TensorInfo): number {
    return this.#data(tensor.dataId).pointer;
  }

  /** The same values under another shape: no copy, one reference more. */
  alias(tensor: TensorInfo, shape: number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  /** Calls `use` with the address of `bytes` bytes that are its own until it returns. */
  scratch<T>(bytes: number, use: (pointer: number) => T): T {
    const pointer = this.sharedMemory.allocate(bytes);
    try {
      return use(pointer);
    } finally {
      this.sharedMemory.free(pointer);
    }
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
    const data = this.data.get(dataId);
    return data instanceof WasmTensorData ? (data.values as TypedArray).slice() : super.readSync(dataId);
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
    if (data instanceof WasmTensorData) this.sharedMemory.free(data.pointer);
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
    const data = new WasmTensorData(this.sharedMemory, dtype, this.sharedMemory.allocate(bytes), length);
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
    if (!(dtype in VIEWS)) {
      const data: PlainTensorData = { values: values ?? undefined, dtype, refCount };
      this.data.set(dataId, data);
      return;
    }
    const numbers = values && (util.convertBackendValuesAndArrayBuffer(values, dtype) as TypedArray);
    this.#register(dataId, shape, dtype, numbers?.length ?? util.sizeFromShape(shape));
    const data = this.#data(dataId);
    data.refCount = refCount;
    if (numbers) (data.values as TypedArray).set(numbers);
    else (data.values as TypedArray).fill(0);
  }
}

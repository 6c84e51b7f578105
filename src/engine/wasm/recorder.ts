import {
  type DataType,
  type KernelFunc,
  type NamedTensorInfoMap,
  type TensorInfo,
  type TypedArray,
  type Variable,
  util,
} from '../tf-core.js';
import type { Routine } from '../program/routine.js';
import type { WasmBackend } from './backend.js';
import type { CallSink } from './pool.js';
import type { WasmTensorData } from './tensor-data.js';
import { MAX_BUFFERS, addressOf, bufferAt, isVirtual } from './virtual-address.js';

type DataId = TensorInfo['dataId'];

/** What a virtual address stands for. */
export type RecordedBuffer =
  /** Made and used within the program: the plan gives it a place. */
  | { readonly kind: 'internal'; readonly bytes: number }
  /** The same values every time; those with the same bytes are one. */
  | { readonly kind: 'constant'; readonly bytes: number; readonly content: Uint8Array }
  /** The state that the program reads and writes, wherever it lies by then. */
  | { readonly kind: 'variable'; readonly bytes: number; readonly variable: Variable }
  /** A tensor that was there before. Tensors never change. */
  | { readonly kind: 'tensor'; readonly bytes: number; readonly dataId: DataId };

/** A call of a routine. */
export interface KernelCall {
  readonly kind: 'kernel';
  readonly routine: Routine;
  readonly items: number;
  readonly args: readonly number[];
  readonly isAlone: boolean;
}

/** A tensor of a call of a CPU kernel, by its address. */
export interface HostTensor {
  readonly address: number;
  readonly shape: number[];
  readonly dtype: DataType;
}

/** A call of a kernel that runs on tf.js's CPU code. */
export interface HostCall {
  readonly kind: 'host';
  readonly name: string;
  readonly kernelFunc: KernelFunc;
  readonly attrs: Parameters<KernelFunc>[0]['attrs'];
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Whether the kernel takes its tensors as a list. */
  readonly isList: boolean;
  /** An output that is one of the inputs under another shape is not here. */
  readonly outputs: readonly (HostTensor | undefined)[];
}

/** A copy of a whole buffer. */
export interface CopyCall {
  readonly kind: 'copy';
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export type Call = KernelCall | HostCall | CopyCall;

/** Buffers that a call names, one for each place where it does. */
export function buffersOf(call: Call): number[] {
  switch (call.kind) {
    case 'kernel':
      return call.args.filter(isVirtual).map(bufferAt);
    case 'host':
      return [...Object.values(call.inputs), ...call.outputs.filter((output) => output !== undefined)].map(
        ({ address }) => bufferAt(address),
      );
    case 'copy':
      return [bufferAt(call.from), bufferAt(call.to)];
  }
}

/**
 * Takes the place of memory and threads while the kernels' own JavaScript runs by shapes alone: it hands out
 * addresses that stand for buffers, and writes the calls down instead of computing.
 */
export class Recorder implements CallSink {
  readonly buffers: RecordedBuffer[] = [];
  readonly calls: Call[] = [];
  readonly #constants = new Map<string, number>();
  readonly #externals = new Map<DataId, number>();

  /** @param variables by what they hold when the recording begins */
  constructor(
    private readonly backend: WasmBackend,
    private readonly variables: ReadonlyMap<DataId, Variable>,
  ) {}

  allocate(bytes: number): number {
    return this.#add({ kind: 'internal', bytes });
  }

  constant(values: TypedArray): number {
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const key = Buffer.from(content.buffer).toString('latin1');
    let address = this.#constants.get(key);
    if (address === undefined) {
      address = this.#add({ kind: 'constant', bytes: content.byteLength, content });
      this.#constants.set(key, address);
    }
    return address;
  }

  /** The address that stands for a tensor that was there before. */
  external(dataId: DataId, { dtype, length }: WasmTensorData): number {
    let address = this.#externals.get(dataId);
    if (address === undefined) {
      const bytes = length * util.bytesPerElement(dtype);
      const variable = this.variables.get(dataId);
      if (variable === undefined) this.backend.incRef(dataId);
      address = this.#add(
        variable ? { kind: 'variable', bytes, variable } : { kind: 'tensor', bytes, dataId },
      );
      this.#externals.set(dataId, address);
    }
    return address;
  }

  call(routine: Routine, items: number, args: readonly number[], isAlone: boolean): void {
    this.calls.push({ kind: 'kernel', routine, items, args, isAlone });
  }

  /** Writes down a call of a CPU kernel. It runs once on zeros, to learn the shapes of its outputs. */
  host(name: string, kernelFunc: KernelFunc, params: Parameters<KernelFunc>[0]): TensorInfo | TensorInfo[] {
    const { backend } = this;
    const given = params.inputs as Record<string, TensorInfo>;
    const infos = Object.entries(given);
    if (infos.every(([, info]) => backend.isConstant(info))) return kernelFunc(params);
    const isList = Array.isArray(given);
    const shapes = backend.withoutRecording(() => {
      const zeros = infos.map(([key, { shape, dtype }]): [string, TensorInfo] => [
        key,
        backend.makeTensorInfo(shape, dtype),
      ]);
      const result = kernelFunc({ ...params, inputs: asInputs(zeros, isList) });
      const outputs = asArray(result).map(({ dataId, shape, dtype }) => ({
        ...{ dataId, shape, dtype, input: zeros.findIndex(([, zero]) => zero.dataId === dataId) },
      }));
      for (const { dataId } of [...outputs, ...zeros.map(([, zero]) => zero)]) backend.disposeData(dataId);
      return { outputs, isOne: !Array.isArray(result) };
    });
    const outputs = shapes.outputs.map(({ shape, dtype, input }) =>
      input < 0 ? backend.output(shape, dtype) : backend.alias(infos[input][1], shape),
    );
    const tensor = (info: TensorInfo): HostTensor => ({
      address: backend.pointer(info),
      shape: info.shape,
      dtype: info.dtype,
    });
    this.calls.push({
      ...{ kind: 'host', name, kernelFunc, attrs: params.attrs, isList },
      inputs: Object.fromEntries(infos.map(([key, info]) => [key, tensor(info)])),
      outputs: outputs.map((info, i) => (shapes.outputs[i].input < 0 ? tensor(info) : undefined)),
    });
    return shapes.isOne ? outputs[0] : outputs;
  }

  /** Lets go of the tensors that were there before. */
  release(): void {
    for (const buffer of this.buffers) if (buffer.kind === 'tensor') this.backend.disposeData(buffer.dataId);
  }

  // --- internal ---

  #add(buffer: RecordedBuffer): number {
    if (this.buffers.length === MAX_BUFFERS)
      throw new Error('This step has too many buffers to be recorded.');
    return addressOf(this.buffers.push(buffer) - 1);
  }
}

/** Tensors as a CPU kernel takes them: by name, or as a list. */
export function asInputs(
  entries: readonly (readonly [string, TensorInfo])[],
  isList: boolean,
): NamedTensorInfoMap {
  const inputs = isList ? entries.map(([, info]) => info) : Object.fromEntries(entries);
  return inputs as unknown as NamedTensorInfoMap;
}

export function asArray<T>(one: T | T[]): T[] {
  return Array.isArray(one) ? one : [one];
}

import {
  type DataType,
  type KernelFunc,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
  type TypedArray,
  type Variable,
  engine,
  util,
} from '../tf-core.js';
import type { Reduction } from '../all-reduce.js';
import type { Operand, OperandRole, ProgramBuffer, ProgramCall } from '../program/calls.js';
import type { ProgramInput } from '../program/program.js';
import { operandsOf, type Routine } from '../program/routine.js';
import type { Recorder } from '../program/record.js';
import { runFailed } from '../../util/errors.js';
import { gigabytes } from '../../util/gigabytes.js';
import type { WasmBackend } from './backend.js';
import type { RecordingSink } from './recording-sink.js';
import type { WasmTensorData } from './tensor-data.js';
import {
  MAX_BUFFERS,
  MAX_BUFFER_BYTES,
  addressOf,
  bufferAt,
  isVirtual,
  offsetAt,
} from './virtual-address.js';

type DataId = TensorInfo['dataId'];

/** A call of a routine. */
export interface RoutineCall extends ProgramCall {
  readonly kind: 'routine';
  readonly routine: Routine;
  readonly items: number;
  /** As recorded: with addresses that stand for buffers. */
  readonly args: readonly number[];
  /** For each operand its place among `args`. */
  readonly places: readonly number[];
  readonly isAlone: boolean;
}

/** A tensor of a call of a CPU kernel. */
export interface HostTensor {
  /** Its place among the operands. */
  readonly operand: number;
  readonly shape: number[];
  readonly dtype: DataType;
}

/** A call of a kernel that runs on tf.js's CPU code. */
export interface HostCall extends ProgramCall {
  readonly kind: 'host';
  readonly kernelFunc: KernelFunc;
  readonly attrs: Parameters<KernelFunc>[0]['attrs'];
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Whether the kernel takes its tensors as a list. */
  readonly isList: boolean;
  /** An output that is one of the inputs under another shape is not here. */
  readonly outputs: readonly (HostTensor | undefined)[];
}

/** A call that workers meet at: its vectors become those of all. */
export interface AllReduceCall extends ProgramCall {
  readonly kind: 'all-reduce';
  readonly reduction: Reduction;
  readonly places: number;
  /** Of each vector. */
  readonly length: number;
}

export type WasmCall = RoutineCall | HostCall | AllReduceCall;

/**
 * Takes the place of memory and threads while the kernels' own JavaScript runs by shapes alone: it hands out
 * addresses that stand for buffers, and writes the calls down instead of computing.
 */
export class WasmRecorder implements RecordingSink, Recorder<WasmCall> {
  readonly buffers: ProgramBuffer[] = [];
  readonly calls: WasmCall[] = [];
  /** The bytes of constants, by buffer. */
  readonly contents = new Map<number, Uint8Array>();
  readonly #constants = new Map<string, number>();
  readonly #externals = new Map<DataId, number>();
  /** What variables hold when the recording begins. */
  readonly #held: ReadonlyMap<DataId, Variable>;
  readonly #before: ReadonlyMap<Variable, DataId>;

  constructor(
    private readonly backend: WasmBackend,
    variables: readonly Variable[],
  ) {
    this.#held = new Map(variables.map((variable) => [variable.dataId, variable]));
    this.#before = new Map(variables.map((variable) => [variable, variable.dataId]));
  }

  input(_name: string, { shape, dtype }: ProgramInput): Tensor {
    const { backend } = this;
    return engine().makeTensorFromTensorInfo(backend.output(shape, dtype), backend);
  }

  bufferOf(tensor: TensorInfo): number {
    return bufferAt(this.backend.pointer(tensor));
  }

  assign(variable: Variable): void {
    // Known to the recording even where it is written without being read.
    const before = this.#before.get(variable)!;
    this.external(before, this.backend.dataOf(before));
  }

  /** @throws InvolveError E_OUT_OF_MEMORY for more than the engine's memory can ever hold */
  allocate(bytes: number): number {
    if (bytes > MAX_BUFFER_BYTES) {
      throw runFailed('E_OUT_OF_MEMORY', {
        what: `A tensor of this step needs ${gigabytes(bytes)}, and the wasm engine has ${gigabytes(MAX_BUFFER_BYTES)} for all of them.`,
        try: 'train with a smaller batch or smaller images, or use the tensorflow engine (involve engine install)',
      });
    }
    return this.#add({ kind: 'internal', bytes });
  }

  constant(values: TypedArray): number {
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const key = Buffer.from(content.buffer).toString('latin1');
    let address = this.#constants.get(key);
    if (address === undefined) {
      address = this.#add({ kind: 'constant', bytes: content.byteLength, key });
      this.contents.set(bufferAt(address), content);
      this.#constants.set(key, address);
    }
    return address;
  }

  external(dataId: DataId, { dtype, length }: WasmTensorData): number {
    let address = this.#externals.get(dataId);
    if (address === undefined) {
      const bytes = length * util.bytesPerElement(dtype);
      const variable = this.#held.get(dataId);
      if (variable === undefined) this.backend.incRef(dataId);
      address = this.#add(
        variable ? { kind: 'variable', bytes, variable } : { kind: 'tensor', bytes, dataId },
      );
      this.#externals.set(dataId, address);
    }
    return address;
  }

  call(routine: Routine, items: number, args: readonly number[], isAlone: boolean): void {
    const named = args.map((value) =>
      isVirtual(value) ? { buffer: bufferAt(value), offset: offsetAt(value) } : undefined,
    );
    const { name } = routine;
    this.calls.push({ kind: 'routine', name, routine, items, args, isAlone, ...operandsOf(routine, named) });
  }

  allReduce(
    { reduction, places }: { readonly reduction: Reduction; readonly places: number },
    from: readonly number[],
    to: readonly number[],
    length: number,
  ): void {
    const operand = (role: OperandRole) => (address: number) => ({
      buffer: bufferAt(address),
      offset: offsetAt(address),
      role,
    });
    const operands = [...from.map(operand('in')), ...to.map(operand('out'))];
    this.calls.push({ kind: 'all-reduce', name: 'AllReduce', reduction, places, length, operands });
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
        dataId,
        shape,
        dtype,
        input: zeros.findIndex(([, zero]) => zero.dataId === dataId),
      }));
      for (const { dataId } of [...outputs, ...zeros.map(([, zero]) => zero)]) backend.disposeData(dataId);
      return { outputs, isOne: !Array.isArray(result) };
    });
    const outputs = shapes.outputs.map(({ shape, dtype, input }) =>
      input < 0 ? backend.output(shape, dtype) : backend.alias(infos[input][1], shape),
    );
    const operands: Operand[] = [];
    const tensor = (info: TensorInfo, role: OperandRole): HostTensor => {
      const address = backend.pointer(info);
      const operand = operands.push({ buffer: bufferAt(address), offset: offsetAt(address), role }) - 1;
      return { operand, shape: info.shape, dtype: info.dtype };
    };
    this.calls.push({
      kind: 'host',
      name,
      operands,
      kernelFunc,
      attrs: params.attrs,
      inputs: Object.fromEntries(infos.map(([key, info]) => [key, tensor(info, 'in')])),
      isList,
      outputs: outputs.map((info, i) => (shapes.outputs[i].input < 0 ? tensor(info, 'out') : undefined)),
    });
    return shapes.isOne ? outputs[0] : outputs;
  }

  /** Lets go of the tensors that were there before. */
  release(): void {
    for (const buffer of this.buffers) if (buffer.kind === 'tensor') this.backend.disposeData(buffer.dataId);
  }

  // --- internal ---

  #add(buffer: ProgramBuffer): number {
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

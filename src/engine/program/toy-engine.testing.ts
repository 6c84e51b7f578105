import {
  type DataType,
  type KernelFunc,
  KernelBackend,
  type Tensor,
  type TensorInfo,
  type TypedArray,
  type Variable,
  type backend_util,
  engine as tfjs,
  registerBackend,
  registerKernel,
  util,
} from '../tf-core.js';
import { onBackend } from '../current-backend.js';
import type { CallList, ProgramBuffer, ProgramCall } from './calls.js';
import { refuseDifference } from './compare-recordings.js';
import { layOut } from './layout.js';
import { notReplayable } from './not-replayable.js';
import type { Program, ProgramInput, ProgramSpec, ProgramValues } from './program.js';
import { record, type Recorder, type RecordingEngine } from './record.js';
import { operandsOf, routine, type Routine } from './routine.js';

/** Name of the backend in tf.js. */
export const TOY_BACKEND = 'toy';

/** All that it can: what is computed value by value from tensors of one shape. */
const ROUTINES: Readonly<Record<string, { routine: Routine; run: (a: number, b: number) => number }>> = {
  Add: { routine: binary('add'), run: (a, b) => a + b },
  Multiply: { routine: binary('multiply'), run: (a, b) => a * b },
};

function binary(name: string): Routine {
  return routine(name, { roles: { a: 'in', b: 'in', y: 'out' }, over: { y: ['a', 'b'] } });
}

/** A backend of a few lines that keeps each tensor in an array of JavaScript, for tests of what engines share. */
export class ToyBackend extends KernelBackend {
  readonly data = new Map<object, { values: Float32Array | undefined; refCount: number }>();
  recorder: ToyRecorder | undefined;

  constructor() {
    super();
    registerBackend(TOY_BACKEND, () => this, 0);
    for (const [kernelName, { run }] of Object.entries(ROUTINES)) {
      const kernelFunc: KernelFunc = ({ inputs }) => this.#compute(kernelName, run, inputs.a!, inputs.b!);
      registerKernel({ kernelName, backendName: TOY_BACKEND, kernelFunc });
    }
    registerKernel({
      kernelName: 'Identity',
      backendName: TOY_BACKEND,
      kernelFunc: ({ inputs: { x } }) => {
        const { dataId, shape, dtype } = x!;
        this.incRef(dataId);
        return { dataId, shape, dtype };
      },
    });
  }

  put(values: Float32Array | undefined, dataId: object = {}): object {
    this.data.set(dataId, { values, refCount: 1 });
    return dataId;
  }

  override write(values: backend_util.BackendValues): object {
    return this.put(Float32Array.from(values as TypedArray));
  }

  override readSync(dataId: object): Float32Array {
    const { values } = this.data.get(dataId)!;
    if (values === undefined) throw notReplayable('the step looks at values');
    return values;
  }

  override numDataIds(): number {
    return this.data.size;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override dispose(): void {
    this.data.clear();
  }

  override refCount(dataId: object): number {
    return this.data.get(dataId)?.refCount ?? 0;
  }

  override incRef(dataId: object): void {
    this.data.get(dataId)!.refCount += 1;
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.data.get(dataId);
    if (data === undefined) return true;
    data.refCount -= 1;
    return (data.refCount < 1 || force) && this.data.delete(dataId);
  }

  #compute(kernel: string, run: (a: number, b: number) => number, a: TensorInfo, b: TensorInfo): TensorInfo {
    const { shape } = a;
    const dtype: DataType = 'float32';
    if (this.recorder === undefined) {
      const [x, y] = [a, b].map(({ dataId }) => this.readSync(dataId));
      return { dataId: this.put(x.map((value, i) => run(value, y[i]))), shape, dtype };
    }
    const made = { dataId: this.put(undefined), shape, dtype };
    this.recorder.call(ROUTINES[kernel].routine, [a, b], made);
    return made;
  }
}

class ToyRecorder implements Recorder<ProgramCall> {
  readonly buffers: ProgramBuffer[] = [];
  readonly calls: ProgramCall[] = [];
  readonly constants = new Map<number, Float32Array>();
  readonly #numbers = new Map<object, number>();
  readonly #places: ReadonlyMap<Variable, object>;

  constructor(
    private readonly backend: ToyBackend,
    variables: readonly Variable[],
  ) {
    this.#places = new Map(variables.map((variable) => [variable, variable.dataId]));
  }

  input(_: string, { shape, dtype }: ProgramInput): Tensor {
    const info = { dataId: this.backend.put(undefined), shape: [...shape], dtype };
    this.#numberOf(info.dataId, { kind: 'internal', bytes: 4 * util.sizeFromShape(info.shape) });
    return tfjs().makeTensorFromTensorInfo(info, this.backend);
  }

  bufferOf({ dataId, shape }: TensorInfo): number {
    const bytes = 4 * util.sizeFromShape(shape);
    const [variable] = [...this.#places].find(([, place]) => place === dataId) ?? [];
    if (variable !== undefined) return this.#numberOf(dataId, { kind: 'variable', bytes, variable });
    const values = this.backend.data.get(dataId)?.values;
    if (values === undefined) return this.#numberOf(dataId, { kind: 'internal', bytes });
    const number = this.#numberOf(dataId, { kind: 'constant', bytes, key: values.join() });
    this.constants.set(number, values);
    return number;
  }

  assign(variable: Variable): void {
    this.bufferOf({ ...variable, dataId: this.#places.get(variable)!, shape: variable.shape });
  }

  call(called: Routine, inputs: readonly TensorInfo[], made: TensorInfo): void {
    const named = [...inputs, made].map((tensor) => ({ buffer: this.bufferOf(tensor), offset: 0 }));
    this.calls.push({ name: called.name, ...operandsOf(called, named) });
  }

  #numberOf(dataId: object, buffer: ProgramBuffer): number {
    let number = this.#numbers.get(dataId);
    if (number === undefined) {
      number = this.buffers.push(buffer) - 1;
      this.#numbers.set(dataId, number);
    }
    return number;
  }
}

/** Records on the toy engine, and replays in the places of the plan. */
export function recordOnToy(
  backend: ToyBackend,
  spec: ProgramSpec,
): { readonly program: Program; readonly list: CallList; readonly plannedBytes: number } {
  const engine: RecordingEngine<ToyRecorder> = {
    backend,
    holds: ({ dataId }) => backend.data.has(dataId),
    begin: (variables) => new ToyRecorder(backend, variables),
    during: (recorder, work) => {
      backend.recorder = recorder;
      try {
        work();
      } finally {
        backend.recorder = undefined;
      }
    },
  };
  const once = () => onBackend(TOY_BACKEND, () => record<ProgramCall, ToyRecorder>(engine, spec));
  const { recording, recorder } = once();
  refuseDifference(recording, once().recording, {
    noun: 'call',
    difference: (a, b) =>
      JSON.stringify(a) === JSON.stringify(b) ? undefined : `${a.name}, then ${b?.name ?? 'nothing'}`,
  });
  const { list, inputs, outputs } = recording;
  const { homes, offsets, calls, ends, plan } = layOut(list, (bytes) => bytes);
  const arena = new Float32Array(plan.bytes / 4);
  const valuesOf = (buffer: number): Float32Array => {
    let home = buffer;
    while (homes[home] !== home) home = homes[home];
    const { kind, bytes } = list.buffers[home];
    if (kind === 'constant') return recorder.constants.get(home)!;
    const described = list.buffers[home];
    if (described.kind === 'variable') return backend.readSync(described.variable.dataId);
    return arena.subarray(offsets[home] / 4, (offsets[home] + bytes) / 4);
  };
  const runOf = new Map(Object.values(ROUTINES).map((each) => [each.routine.name, each.run]));
  const run = async (given: ProgramValues): Promise<Record<string, Float32Array>> => {
    for (const { name, buffer } of inputs) valuesOf(buffer).set(given[name]);
    const results: Record<string, Float32Array> = {};
    ends.forEach((end, phase) => {
      for (const { name, operands } of calls.slice(ends[phase - 1] ?? 0, end)) {
        const [a, b, y] = operands.map(({ buffer }) => valuesOf(buffer));
        if (name === 'copy') b.set(a);
        else a.forEach((value, i) => (y[i] = runOf.get(name)!(value, b[i])));
      }
      for (const { name, buffer } of outputs[phase]) results[name] = valuesOf(buffer).slice();
    });
    return results;
  };
  return { program: { plan: undefined, run, dispose: () => undefined }, list, plannedBytes: plan.bytes };
}

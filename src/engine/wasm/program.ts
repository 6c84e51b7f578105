import { type DataType, type TensorInfo, type TypedArray, type Variable, util } from '../tf-core.js';
import { reducedAlone, type AllReduce } from '../all-reduce.js';
import type { Operand, ProgramBuffer } from '../program/calls.js';
import { layOut, type CopyCall, type Layout } from '../program/layout.js';
import type { Program, ProgramPlan, ProgramSpec, ProgramValues } from '../program/program.js';
import { recompute } from '../program/recompute.js';
import { ownValues, type Recording } from '../program/record.js';
import type { Routine } from '../program/routine.js';
import type { WasmBackend } from './backend.js';
import { paddedBytes } from './memory.js';
import {
  asArray,
  asInputs,
  type AllReduceCall,
  type HostCall,
  type WasmCall,
  type WasmRecorder,
} from './recorder.js';
import { viewOf } from './tensor-data.js';

/** A call that is ready to run: its addresses are real. */
type Step =
  | {
      readonly kind: 'routine';
      readonly routine: Routine;
      readonly items: number;
      readonly args: number[];
      readonly isAlone: boolean;
    }
  | { readonly kind: 'other'; readonly run: () => void }
  | MeetingStep;

/** Waits for other workers. */
interface MeetingStep {
  readonly kind: 'meeting';
  readonly run: () => Promise<void>;
}

/** An argument that is an address: put in anew when something has moved. */
interface Site {
  readonly args: number[];
  readonly index: number;
  readonly operand: Operand;
}

/** A tensor of a call on the CPU, bound to where its operand lies. */
interface BoundTensor {
  readonly operand: Operand;
  readonly dataId: object;
  readonly dtype: DataType;
  readonly length: number;
}

/**
 * A recording with its memory planned, run call by call with nothing allocated. Addresses are bound when it
 * begins, and again only when the arena or a variable has moved since.
 */
export class ReplayedProgram implements Program, ProgramPlan {
  readonly plannedBytes: number;
  readonly leastBytes: number;
  /** Calls of kernels in one run, and how many of them run on tf.js's CPU code. */
  readonly calls: number;
  readonly hostCalls: number;
  readonly fallbacks: Readonly<Record<string, number>>;
  readonly recomputes: boolean;
  readonly inOrder = false;
  readonly #layout: Layout<WasmCall>;
  readonly #buffers: readonly ProgramBuffer[];
  readonly #steps: readonly Step[];
  readonly #sites: Site[] = [];
  /** Real address of each buffer. */
  readonly #bases: Float64Array;
  readonly #variables: readonly { readonly buffer: number; readonly variable: Variable }[];
  readonly #constants: number;
  readonly #batch: number;
  readonly #condition: string | undefined;
  readonly #allReduce: AllReduce;
  readonly #bound: BoundTensor[] = [];
  #arenaAddress = -1;

  constructor(
    private readonly backend: WasmBackend,
    private readonly recording: Recording<WasmCall>,
    private readonly recorder: WasmRecorder,
    { batch, condition, allReduce = reducedAlone }: Omit<ProgramSpec, 'inputs' | 'phases'>,
  ) {
    this.#batch = batch;
    this.#condition = condition;
    this.#allReduce = allReduce;
    let { list } = recording;
    let layout = layOut(list, paddedBytes);
    const { availableBytes } = backend.sharedMemory;
    if (layout.plan.bytes > availableBytes + backend.arena.bytes) {
      list = recompute(list);
      layout = layOut(list, paddedBytes);
    }
    this.recomputes = list.buffers.length > recording.list.buffers.length;
    this.#layout = layout;
    this.#buffers = list.buffers;
    this.#bases = new Float64Array(list.buffers.length);
    this.#variables = list.buffers.flatMap((each, buffer) =>
      each.kind === 'variable' ? [{ buffer, variable: each.variable }] : [],
    );
    this.#constants = this.#placeConstants();
    this.#steps = this.#layout.calls.map((call) => this.#stepOf(call));
    this.plannedBytes = this.#layout.plan.bytes;
    this.leastBytes = this.#layout.plan.leastBytes;
    this.calls = this.#steps.length;
    const hosts = this.#layout.calls.flatMap((call) => (call.kind === 'host' ? [call.name] : []));
    this.hostCalls = hosts.length;
    this.fallbacks = Object.fromEntries(
      [...new Set(hosts)].sort().map((name) => [name, hosts.filter((other) => other === name).length]),
    );
    backend.arena.add(this);
  }

  get plan(): ProgramPlan {
    return this;
  }

  async run(
    values: ProgramValues,
    into: Readonly<Record<string, Float32Array>> = {},
  ): Promise<Record<string, Float32Array>> {
    this.#begin(values);
    const outputs: Record<string, Float32Array> = {};
    for (let phase = 0; phase < this.recording.list.phases.length; phase++) {
      // Nothing is waited for where nobody is met, so that no other program comes in between.
      for (const meeting of this.#runPhase(phase)) await meeting.run();
      Object.assign(outputs, this.#outputsOf(phase, into));
      const checked = phase === 0 && this.#condition !== undefined ? outputs[this.#condition] : undefined;
      if (checked && !checked.every(Number.isFinite)) break;
    }
    return outputs;
  }

  dispose(): void {
    const { backend } = this;
    backend.arena.remove(this);
    if (this.#constants > 0) backend.sharedMemory.free(this.#constants);
    for (const { dataId } of this.#bound) backend.unbind(dataId);
    this.recorder.release();
  }

  // --- internal ---

  #begin(values: ProgramValues): void {
    this.#bind();
    for (const { name, buffer, length, dtype } of this.recording.inputs) {
      const given = values[name];
      if (given.length !== length) throw new Error(`${name} has ${given.length} values, not ${length}.`);
      this.#view(this.#bases[buffer], dtype, length).set(given);
    }
  }

  /** Makes the calls of a phase, up to each meeting; what comes next is done when it is asked for. */
  *#runPhase(phase: number): Generator<MeetingStep> {
    const { ends } = this.#layout;
    const { pool } = this.backend;
    const end = ends[phase];
    for (let i = phase === 0 ? 0 : ends[phase - 1]; i < end; i++) {
      const step = this.#steps[i];
      if (step.kind === 'routine') pool.call(step.routine, step.items, step.args, step.isAlone);
      else if (step.kind === 'other') step.run();
      else yield step;
    }
  }

  #outputsOf(phase: number, into: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
    const outputs = this.recording.outputs[phase].map(({ name, buffer, length }) => {
      const values = this.#view(this.#bases[buffer], 'float32', length);
      const place = into[name];
      if (place === undefined) return [name, values.slice()];
      if (place.length !== length) throw new Error(`${name} has ${length} values, not ${place.length}.`);
      place.set(values);
      return [name, place];
    });
    return Object.fromEntries(outputs) as Record<string, Float32Array>;
  }

  #bind(): void {
    const { arena } = this.backend;
    arena.reserve(this.plannedBytes, this.#batch);
    let hasMoved = this.#arenaAddress !== arena.address;
    for (const { buffer, variable } of this.#variables) {
      // What else holds the old values (a clone, a saved copy) must not see them change.
      if (this.#layout.written.has(variable)) ownValues(variable, this.backend);
      const { pointer } = this.backend.dataOf(variable.dataId);
      hasMoved ||= pointer !== this.#bases[buffer];
      this.#bases[buffer] = pointer;
    }
    if (!hasMoved) return;
    this.#arenaAddress = arena.address;
    const { homes, offsets } = this.#layout;
    this.#buffers.forEach((buffer, i) => {
      if (buffer.kind === 'tensor') this.#bases[i] = this.backend.dataOf(buffer.dataId).pointer;
      else if (buffer.kind === 'internal' && offsets[i] >= 0) this.#bases[i] = arena.address + offsets[i];
    });
    this.#buffers.forEach((_, i) => {
      // A home may itself have moved into another one.
      let home = i;
      while (homes[home] !== home) home = homes[home];
      this.#bases[i] = this.#bases[home];
    });
    for (const { args, index, operand } of this.#sites) args[index] = this.#real(operand);
    for (const { operand, dataId, dtype, length } of this.#bound)
      this.backend.bind(dataId, dtype, this.#real(operand), length);
  }

  /** Puts the constants into memory of their own, one behind the other. */
  #placeConstants(): number {
    const { sharedMemory } = this.backend;
    const offsets: number[] = [];
    let total = 0;
    for (const buffer of this.#buffers) {
      offsets.push(total);
      if (buffer.kind === 'constant') total += paddedBytes(buffer.bytes);
    }
    if (total === 0) return 0;
    const start = sharedMemory.allocate(total);
    this.#buffers.forEach((buffer, i) => {
      if (buffer.kind !== 'constant') return;
      this.#bases[i] = start + offsets[i];
      new Uint8Array(sharedMemory.buffer, this.#bases[i], buffer.bytes).set(this.recorder.contents.get(i)!);
    });
    return start;
  }

  #stepOf(call: WasmCall | CopyCall): Step {
    switch (call.kind) {
      case 'routine': {
        const args = [...call.args];
        call.operands.forEach((operand, i) => this.#sites.push({ args, index: call.places[i], operand }));
        return { kind: 'routine', routine: call.routine, items: call.items, args, isAlone: call.isAlone };
      }
      case 'copy': {
        const [source, target] = call.operands;
        return {
          kind: 'other',
          run: () => {
            const memory = new Uint8Array(this.backend.sharedMemory.buffer);
            const from = this.#real(source);
            memory.copyWithin(this.#real(target), from, from + call.bytes);
          },
        };
      }
      case 'host':
        return { kind: 'other', run: this.#hostStep(call) };
      case 'all-reduce':
        return { kind: 'meeting', run: this.#meeting(call) };
    }
  }

  #hostStep({ name, operands, kernelFunc, attrs, inputs, isList, outputs }: HostCall): () => void {
    const { backend } = this;
    const infos = Object.entries(inputs).map(([key, { operand, shape, dtype }]): [string, TensorInfo] => {
      const dataId = {};
      this.#bound.push({ operand: operands[operand], dataId, dtype, length: util.sizeFromShape(shape) });
      return [key, { dataId, shape, dtype }];
    });
    const given = asInputs(infos, isList);
    return () => {
      backend.fallbacks.set(name, (backend.fallbacks.get(name) ?? 0) + 1);
      const results = asArray(kernelFunc({ inputs: given, attrs, backend }));
      results.forEach(({ dataId }, i) => {
        const to = outputs[i];
        if (to) {
          const address = this.#real(operands[to.operand]);
          const target = this.#view(address, to.dtype, util.sizeFromShape(to.shape));
          target.set(backend.dataOf(dataId).values as TypedArray);
        }
        backend.disposeData(dataId);
      });
    };
  }

  /** The program waits while its memory stays as it is: programs of an engine run one at a time. */
  #meeting({ reduction, places, operands, length }: AllReduceCall): () => Promise<void> {
    const [a, b, ...to] = operands;
    const valuesAt = (operand: Operand): Float32Array =>
      this.#view(this.#real(operand), 'float32', length) as Float32Array;
    return async () => {
      const values = [valuesAt(a).slice(), valuesAt(b).slice()] as const;
      const results = await this.#allReduce(reduction, { places, values });
      to.forEach((operand, i) => valuesAt(operand).set(results[i]));
    };
  }

  #real({ buffer, offset }: Operand): number {
    return this.#bases[buffer] + offset;
  }

  #view(address: number, dtype: DataType, length: number): TypedArray {
    return viewOf(this.backend.sharedMemory.buffer, dtype, address, length);
  }
}

import { type TensorInfo, type TypedArray, type Variable, util } from '../tf-core.js';
import type { Routine } from '../program/routine.js';
import type { Program, ProgramPlan, ProgramValues } from '../record.js';
import type { WasmBackend } from './backend.js';
import { type Layout, layOut } from './layout.js';
import { type Recording, ownData } from './record-program.js';
import {
  type Call,
  type HostCall,
  type HostTensor,
  type RecordedBuffer,
  asArray,
  asInputs,
} from './recorder.js';
import { recompute } from './recompute.js';
import { viewOf } from './tensor-data.js';
import { bufferAt, isVirtual, offsetAt } from './virtual-address.js';

/** A call that is ready to run: its addresses are real. */
type Step =
  | {
      readonly kind: 'kernel';
      readonly routine: Routine;
      readonly items: number;
      readonly args: number[];
      readonly isAlone: boolean;
    }
  | { readonly kind: 'other'; readonly run: () => void };

/** An argument that is an address: put in anew when something has moved. */
interface Site {
  readonly args: number[];
  readonly index: number;
  readonly address: number;
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
  readonly #layout: Layout;
  readonly #buffers: readonly RecordedBuffer[];
  readonly #steps: readonly Step[];
  readonly #sites: Site[] = [];
  /** Real address of each buffer. */
  readonly #bases: Float64Array;
  readonly #variables: readonly { readonly buffer: number; readonly variable: Variable }[];
  readonly #constants: number;
  readonly #bound: { readonly tensor: HostTensor; readonly dataId: object }[] = [];
  #arenaAddress = -1;

  constructor(
    private readonly backend: WasmBackend,
    private readonly recording: Recording,
    private readonly batch: number,
    private readonly condition?: string,
  ) {
    backend.arena.add(this);
    const { buffers, calls } = recording.recorder;
    const inputs = recording.inputs.map(({ address }) => address);
    const recorded = { buffers, calls, inputs, phases: recording.phases };
    let layout = layOut(recorded);
    let all = recorded.buffers as readonly RecordedBuffer[];
    const { availableBytes } = backend.sharedMemory;
    if (layout.plan.bytes > availableBytes + backend.arena.bytes) {
      const smaller = recompute(recorded);
      layout = layOut(smaller);
      all = smaller.buffers;
    }
    this.#layout = layout;
    this.#buffers = all;
    this.recomputes = all.length > buffers.length;
    this.#bases = new Float64Array(all.length);
    this.#variables = all.flatMap((each, buffer) =>
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
  }

  get plan(): ProgramPlan {
    return this;
  }

  async run(values: ProgramValues): Promise<Record<string, Float32Array>> {
    this.#begin(values);
    const outputs: Record<string, Float32Array> = {};
    for (let phase = 0; phase < this.recording.phases.length; phase++) {
      Object.assign(outputs, this.#runPhase(phase));
      const checked = phase === 0 && this.condition !== undefined ? outputs[this.condition] : undefined;
      if (checked && !checked.every(Number.isFinite)) break;
    }
    return outputs;
  }

  dispose(): void {
    const { backend } = this;
    backend.arena.remove(this);
    if (this.#constants > 0) backend.sharedMemory.free(this.#constants);
    for (const { dataId } of this.#bound) backend.unbind(dataId);
    this.recording.recorder.release();
  }

  // --- internal ---

  #begin(values: ProgramValues): void {
    this.#bind();
    for (const { name, address, length, dtype } of this.recording.inputs) {
      const given = values[name];
      if (given.length !== length) throw new Error(`${name} has ${given.length} values, not ${length}.`);
      this.#view({ address, shape: [length], dtype }).set(given);
    }
  }

  #runPhase(phase: number): Record<string, Float32Array> {
    const { ends } = this.#layout;
    const { pool } = this.backend;
    const end = ends[phase];
    for (let i = phase === 0 ? 0 : ends[phase - 1]; i < end; i++) {
      const step = this.#steps[i];
      if (step.kind === 'kernel') pool.call(step.routine, step.items, step.args, step.isAlone);
      else step.run();
    }
    const outputs = this.recording.outputs[phase].map(({ name, address, length }) => [
      name,
      this.#view({ address, shape: [length], dtype: 'float32' }).slice(),
    ]);
    return Object.fromEntries(outputs) as Record<string, Float32Array>;
  }

  #bind(): void {
    const { arena } = this.backend;
    arena.reserve(this.plannedBytes, this.batch);
    let hasMoved = this.#arenaAddress !== arena.address;
    for (const { buffer, variable } of this.#variables) {
      // What else holds the old values (a clone, a saved copy) must not see them change.
      if (this.#layout.written.has(variable)) ownData(this.backend, variable);
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
    for (const { args, index, address } of this.#sites) args[index] = this.#real(address);
    for (const { tensor, dataId } of this.#bound) {
      const length = util.sizeFromShape(tensor.shape);
      this.backend.bind(dataId, tensor.dtype, this.#real(tensor.address), length);
    }
  }

  /** Puts the constants into memory of their own, one behind the other. */
  #placeConstants(): number {
    const { sharedMemory } = this.backend;
    const offsets: number[] = [];
    let total = 0;
    for (const buffer of this.#buffers) {
      offsets.push(total);
      if (buffer.kind === 'constant') total += Math.ceil((buffer.bytes + 64) / 64) * 64;
    }
    if (total === 0) return 0;
    const start = sharedMemory.allocate(total);
    this.#buffers.forEach((buffer, i) => {
      if (buffer.kind !== 'constant') return;
      this.#bases[i] = start + offsets[i];
      new Uint8Array(sharedMemory.buffer, this.#bases[i], buffer.bytes).set(buffer.content);
    });
    return start;
  }

  #stepOf(call: Call): Step {
    switch (call.kind) {
      case 'kernel': {
        const args = [...call.args];
        args.forEach((address, index) => {
          if (isVirtual(address)) this.#sites.push({ args, index, address });
        });
        return { kind: 'kernel', routine: call.routine, items: call.items, args, isAlone: call.isAlone };
      }
      case 'copy':
        return {
          kind: 'other',
          run: () => {
            const memory = new Uint8Array(this.backend.sharedMemory.buffer);
            const from = this.#real(call.from);
            memory.copyWithin(this.#real(call.to), from, from + call.bytes);
          },
        };
      case 'host':
        return { kind: 'other', run: this.#hostStep(call) };
    }
  }

  #hostStep({ name, kernelFunc, attrs, inputs, isList, outputs }: HostCall): () => void {
    const { backend } = this;
    const infos = Object.entries(inputs).map(([key, tensor]): [string, TensorInfo] => {
      const dataId = {};
      this.#bound.push({ tensor, dataId });
      return [key, { dataId, shape: tensor.shape, dtype: tensor.dtype }];
    });
    const given = asInputs(infos, isList);
    return () => {
      backend.fallbacks.set(name, (backend.fallbacks.get(name) ?? 0) + 1);
      const results = asArray(kernelFunc({ inputs: given, attrs, backend }));
      results.forEach(({ dataId }, i) => {
        const to = outputs[i];
        if (to) this.#view(to).set(backend.dataOf(dataId).values as TypedArray);
        backend.disposeData(dataId);
      });
    };
  }

  #real(address: number): number {
    return this.#bases[bufferAt(address)] + offsetAt(address);
  }

  #view({ address, shape, dtype }: HostTensor): TypedArray {
    return viewOf(this.backend.sharedMemory.buffer, dtype, this.#real(address), util.sizeFromShape(shape));
  }
}

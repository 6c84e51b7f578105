import { onBackend } from '../current-backend.js';
import { layOut } from '../program/layout.js';
import { buffersOf, type CallList, type ProgramBuffer } from '../program/calls.js';
import type { ProgramSpec } from '../program/program.js';
import type { OutputPort, Recording } from '../program/record.js';
import type { TypedArray } from '../tf-core.js';
import type { WasmBackend } from './backend.js';
import { FIRST_FREE, paddedBytes } from './memory.js';
import { recordTwice } from './record-program.js';
import type { RoutineCall, WasmCall, WasmRecorder } from './recorder.js';
import { WASM_BACKEND, registerWasmBackend } from './register.js';

/** A call of a routine of the compiled kernels, as `(thread, items, ...args)`; its addresses are real. */
export interface PortableCall {
  readonly routine: string;
  readonly items: number;
  readonly args: readonly number[];
}

/** Where float32 values lie in the memory. */
export interface PortableValues {
  readonly address: number;
  readonly length: number;
}

/** A recorded program that needs nothing but the compiled kernels and a memory. */
export interface PortableProgram {
  /** How long the memory has to be. */
  readonly memoryBytes: number;
  /** Weights and constants, and where in the memory they go. */
  readonly data: { readonly address: number; readonly bytes: Uint8Array };
  readonly inputs: Readonly<Record<string, PortableValues>>;
  readonly outputs: Readonly<Record<string, PortableValues>>;
  /** What follows from weights and constants alone: made once. */
  readonly setUp: readonly PortableCall[];
  /** What is made anew for other inputs. */
  readonly calls: readonly PortableCall[];
}

/**
 * Records a computation that changes no variable, and gives every buffer an address for good: first weights and
 * constants, then what is made of them, then the rest by lifetime. Its results have the bits of the engine's own.
 * @param spec of one phase; the variables that it reads lie on the engine
 * @throws InvolveError E_NOT_REPLAYABLE when it looks at values or is not the same twice
 */
export function portableProgram(spec: ProgramSpec): PortableProgram {
  const backend = registerWasmBackend();
  return onBackend(WASM_BACKEND, () => {
    const { recording, recorder } = recordTwice(backend, spec);
    try {
      return placed(recording, recorder, backend);
    } finally {
      recorder.release();
    }
  });
}

// --- internal ---

function placed(
  { list, inputs, outputs }: Recording<WasmCall>,
  recorder: WasmRecorder,
  backend: WasmBackend,
): PortableProgram {
  if (list.phases.some(({ assignments }) => assignments.length > 0))
    throw new Error('a program that changes variables cannot be taken elsewhere');
  const varying = varyingBuffers(list);
  const setUp = list.calls.filter((call) => !call.operands.some(({ buffer }) => varying.has(buffer)));
  const calls = list.calls.filter((call) => !setUp.includes(call));
  const made = new Set(setUp.flatMap(buffersOf));
  const named = new Set(list.calls.flatMap(buffersOf));
  // What the set-up leaves behind stays: to the plan of the rest it was there before.
  const buffers = list.buffers.map((buffer, i): ProgramBuffer =>
    made.has(i) && buffer.kind === 'internal' ? { kind: 'tensor', bytes: buffer.bytes, dataId: {} } : buffer,
  );
  const layout = layOut(
    { ...list, buffers, calls, phases: [{ ...list.phases[0], end: calls.length }] },
    paddedBytes,
  );

  const bases = new Array<number>(buffers.length);
  let next = FIRST_FREE;
  const place = (isMeant: (i: number) => boolean): void =>
    buffers.forEach((buffer, i) => {
      if (!isMeant(i)) return;
      bases[i] = next;
      next += paddedBytes(buffer.bytes);
    });
  place((i) => list.buffers[i].kind !== 'internal' && named.has(i));
  const data = new Uint8Array(next - FIRST_FREE);
  bases.forEach((base, i) => data.set(bytesOf(i), base - FIRST_FREE));
  place((i) => list.buffers[i].kind === 'internal' && made.has(i));
  layout.offsets.forEach((offset, i) => offset >= 0 && (bases[i] = next + offset));

  function bytesOf(i: number): Uint8Array {
    const buffer = list.buffers[i];
    if (buffer.kind === 'constant') return recorder.contents.get(i)!;
    const dataId =
      buffer.kind === 'variable' ? buffer.variable.dataId : (buffer as { dataId: object }).dataId;
    const values = backend.dataOf(dataId).values as TypedArray;
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
  function baseOf(i: number): number {
    // A home may itself have moved into another one.
    return layout.homes[i] === i ? bases[i] : baseOf(layout.homes[i]);
  }
  function portable(call: (typeof layout.calls)[number]): PortableCall {
    const { name, items, args, operands, places } = routineCall(call);
    const real = [...args];
    operands.forEach(({ buffer, offset }, i) => (real[places[i]] = baseOf(buffer) + offset));
    return { routine: name, items, args: real };
  }
  const port = ({ name, buffer, length }: OutputPort) => [name, { address: baseOf(buffer), length }] as const;
  return {
    memoryBytes: next + layout.plan.bytes,
    data: { address: FIRST_FREE, bytes: data },
    inputs: Object.fromEntries(inputs.map(port)),
    outputs: Object.fromEntries(outputs[0].map(port)),
    setUp: setUp.map(portable),
    calls: layout.calls.map(portable),
  };
}

/** Buffers whose values depend on the inputs, or that a call works in which names such a one. */
function varyingBuffers({ inputs, calls }: CallList): ReadonlySet<number> {
  const varying = new Set(inputs);
  for (let before = -1; before < varying.size;) {
    before = varying.size;
    for (const call of calls) {
      if (!call.operands.some(({ buffer }) => varying.has(buffer))) continue;
      for (const { buffer, role } of call.operands) if (role !== 'in') varying.add(buffer);
    }
  }
  return varying;
}

function routineCall(call: { readonly kind: string; readonly name: string }): RoutineCall {
  // Networks have no others: networks.test.ts of exchange/tfjs/.
  if (call.kind !== 'routine') throw new Error(`${call.name} is not a call of the compiled kernels`);
  return call as RoutineCall;
}

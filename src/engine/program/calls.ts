import type { Variable } from '../tf-core.js';

/** What holds values while a program runs. Calls name buffers by their number. */
export type ProgramBuffer =
  /** Made and used within the program, or given before it begins. */
  | {
      readonly kind: 'internal';
      /** 0: not known when it was made. */
      readonly bytes: number;
      /** The buffer whose memory it is under another shape. */
      readonly within?: number;
    }
  /** The same values every time; constants with the same key have the same values. */
  | { readonly kind: 'constant'; readonly bytes: number; readonly key: string }
  /** The state that the program reads and writes, wherever it lies by then. */
  | { readonly kind: 'variable'; readonly bytes: number; readonly variable: Variable }
  /** A tensor that was there before. Tensors never change. */
  | { readonly kind: 'tensor'; readonly bytes: number; readonly dataId: object };

/** What a call does with a buffer. `scratch`: what is in it before and after means nothing. */
export type OperandRole = 'in' | 'out' | 'inout' | 'scratch';

/** A buffer that a call names. */
export interface Operand {
  readonly buffer: number;
  /** Where in the buffer it begins, in bytes. */
  readonly offset: number;
  readonly role: OperandRole;
  /**
   * Of an output: places among the operands of those over which it may be written, since each of their values is read
   * before the value at the same place is written, and no other.
   */
  readonly over?: readonly number[];
}

/** A call of a program. Engines add what they need to run it. */
export interface ProgramCall {
  readonly name: string;
  /** One for each place where the call names a buffer. */
  readonly operands: readonly Operand[];
  /** Whether running it again costs less than keeping what it puts out. It has one output then. */
  readonly isCheap?: boolean;
  /**
   * Where this is the first of two passes, the name of the second: what `over` allows, it allows also where the second
   * is still to come, and is the last call that names what is written over.
   */
  readonly before?: string;
}

/** What one phase of a program leaves behind. */
export interface RecordedPhase {
  /** Calls of the program up to the end of the phase. */
  readonly end: number;
  /** What it returns. */
  readonly outputs: readonly number[];
  /** Variables that have a new value by its end, and the buffer of the value. */
  readonly assignments: readonly { readonly variable: Variable; readonly value: number }[];
}

/** A program as a list of calls: all that the passes know of it. */
export interface CallList<C extends ProgramCall = ProgramCall> {
  readonly buffers: readonly ProgramBuffer[];
  readonly calls: readonly C[];
  /** Buffers that are filled before the first phase. */
  readonly inputs: readonly number[];
  readonly phases: readonly RecordedPhase[];
}

/** Buffers that a call reads. */
export function readsOf(call: ProgramCall): number[] {
  return call.operands.flatMap(({ buffer, role }) => (role === 'in' || role === 'inout' ? [buffer] : []));
}

/** Buffers that a call writes. */
export function writesOf(call: ProgramCall): number[] {
  return call.operands.flatMap(({ buffer, role }) => (role === 'out' || role === 'inout' ? [buffer] : []));
}

/** Buffers that a call names, each once. */
export function buffersOf(call: ProgramCall): number[] {
  return [...new Set(call.operands.map(({ buffer }) => buffer))];
}

/** For each buffer the calls that name it, in order. */
export function usesOf({ buffers, calls }: Pick<CallList, 'buffers' | 'calls'>): number[][] {
  const uses = buffers.map((): number[] => []);
  calls.forEach((call, i) => {
    for (const buffer of buffersOf(call)) uses[buffer].push(i);
  });
  return uses;
}

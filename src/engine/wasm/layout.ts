import type { Variable } from '@tensorflow/tfjs-core';
import { runFailed } from '../../util/errors.js';
import { isFirstOfTwo, mayOverwrite } from './in-place.js';
import { type MemoryPlan, planMemory } from './plan.js';
import { type Call, type RecordedBuffer, buffersOf } from './recorder.js';
import { addressOf, bufferAt } from './virtual-address.js';

/** What one phase of a program leaves behind. */
export interface RecordedPhase {
  /** Calls of the program up to the end of the phase. */
  readonly end: number;
  /** Addresses of what it returns. */
  readonly outputs: readonly number[];
  /** Variables that have a new value by its end, and the address of the value. */
  readonly assignments: readonly { readonly variable: Variable; readonly address: number }[];
}

export interface Recorded {
  readonly buffers: readonly RecordedBuffer[];
  readonly calls: readonly Call[];
  /** Addresses of what is given before the first phase. */
  readonly inputs: readonly number[];
  readonly phases: readonly RecordedPhase[];
}

/** Where everything lies. */
export interface Layout {
  readonly calls: readonly Call[];
  /** Calls up to the end of each phase. */
  readonly ends: readonly number[];
  /** For each buffer the one in whose place it lies: itself, a variable, or one that it writes over. */
  readonly homes: readonly number[];
  /** Place in the arena of each home, or −1 when it has none there. */
  readonly offsets: readonly number[];
  /** Variables that the program writes. */
  readonly written: ReadonlySet<Variable>;
  readonly plan: MemoryPlan;
}

/** Bytes of a buffer in the arena: as `SharedMemory.allocate`, with what kernels may touch behind the end. */
function paddedBytes(bytes: number): number {
  return Math.ceil((bytes + 64) / 64) * 64;
}

/**
 * Gives every buffer of a recording its place. New values of variables are written where the variable lies,
 * what a call computes value by value is written over what it reads for the last time, and the rest is planned.
 */
export function layOut(recorded: Recorded, nameOf: (kernel: number) => string): Layout {
  return new LayoutBuilder(recorded, nameOf).build();
}

// --- internal ---

class LayoutBuilder {
  readonly #calls: Call[] = [];
  readonly #ends: number[] = [];
  readonly #homes: number[];
  /** Calls that name a buffer, in order; of a home those of all that lie there. */
  readonly #uses: number[][];
  /** Last call that needs a buffer where it is more than the last that names it. */
  readonly #keptTo: Int32Array;
  readonly #written = new Set<Variable>();

  constructor(
    private readonly recorded: Recorded,
    private readonly nameOf: (kernel: number) => string,
  ) {
    const { buffers } = recorded;
    this.#homes = buffers.map((_, i) => i);
    this.#uses = buffers.map(() => []);
    this.#keptTo = new Int32Array(buffers.length).fill(-1);
  }

  build(): Layout {
    const { recorded } = this;
    recorded.calls.forEach((call, i) => {
      for (const buffer of new Set(buffersOf(call))) this.#uses[buffer].push(i);
    });
    const copies = this.#settleVariables();
    this.#insertCopies(copies);
    this.#keepOutputs();
    this.#overwrite();
    return this.#plan();
  }

  /** Puts new values of variables into the variables' places; gives back, by phase, those that must be copied. */
  #settleVariables(): Call[][] {
    const { buffers, phases } = this.recorded;
    const variables = new Map<Variable, number>();
    buffers.forEach((buffer, i) => {
      if (buffer.kind === 'variable') variables.set(buffer.variable, i);
    });
    return phases.map(({ assignments }, phase) => {
      const begin = phase === 0 ? 0 : phases[phase - 1].end;
      return assignments.flatMap(({ variable, address }): Call[] => {
        this.#written.add(variable);
        const home = variables.get(variable);
        const value = bufferAt(address);
        if (home === undefined || buffers[value].kind === 'variable' || buffers[value].kind === 'tensor') {
          throw runFailed('E_NOT_REPLAYABLE', {
            what: `the step assigns to the variable ${variable.name} what it did not compute from it`,
            try: '--set engine.mode=eager',
          });
        }
        const uses = this.#uses[value];
        const isHere = buffers[value].kind === 'internal' && address === addressOf(value) && uses[0] >= begin;
        const canMove =
          isHere && this.#homes[value] === value && buffers[value].bytes === buffers[home].bytes;
        if (canMove && this.#canFollow(home, value)) {
          this.#join(home, value);
          return [];
        }
        return [{ kind: 'copy', from: address, to: addressOf(home), bytes: buffers[home].bytes }];
      });
    });
  }

  /** Whether `value` may lie in the place of `home`: what is there is read no more when the value is written. */
  #canFollow(home: number, value: number): boolean {
    const last = this.#uses[home].at(-1)!;
    const first = this.#uses[value][0];
    if (last < first) return true;
    const lies = (buffer: number): boolean => this.#homes[buffer] === home;
    return last === first && mayOverwrite(this.recorded.calls[first], lies, value, this.nameOf);
  }

  #insertCopies(copies: readonly (readonly Call[])[]): void {
    const { calls, phases } = this.recorded;
    let begin = 0;
    const moved = new Int32Array(calls.length);
    phases.forEach(({ end }, phase) => {
      for (let i = begin; i < end; i++) moved[i] = this.#calls.push(calls[i]) - 1;
      this.#calls.push(...copies[phase]);
      this.#ends.push(this.#calls.length);
      begin = end;
    });
    for (const uses of this.#uses) uses.forEach((call, i) => (uses[i] = moved[call]));
    this.#calls.forEach((call, i) => {
      if (call.kind !== 'copy') return;
      for (const buffer of buffersOf(call)) {
        const uses = this.#uses[this.#homes[buffer]];
        uses.push(i);
        uses.sort((a, b) => a - b);
      }
    });
  }

  /** What a phase returns is there until it ends. */
  #keepOutputs(): void {
    this.recorded.phases.forEach(({ outputs }, phase) => {
      for (const address of outputs) this.#keptTo[bufferAt(address)] = this.#ends[phase];
    });
  }

  /** Lets results of value-by-value calls lie over operands that are needed no more. */
  #overwrite(): void {
    const { buffers } = this.recorded;
    this.#calls.forEach((call, i) => {
      if (call.kind !== 'kernel') return;
      const named = [...new Set(buffersOf(call))];
      for (const to of named) {
        const isNew = this.#isPlanned(to) && this.#homes[to] === to && this.#uses[to][0] === i;
        if (!isNew) continue;
        const from = named.find((other) => {
          const home = this.#homes[other];
          return (
            other !== to &&
            this.#isPlanned(home) &&
            buffers[other].bytes === buffers[to].bytes &&
            buffers[home].bytes === buffers[to].bytes &&
            this.#mayOverlay(home, to, i)
          );
        });
        if (from !== undefined) this.#join(this.#homes[from], to);
      }
    });
  }

  #mayOverlay(home: number, to: number, first: number): boolean {
    const last = this.#last(home);
    const lies = (buffer: number): boolean => this.#homes[buffer] === home;
    const isSafe = (i: number): boolean => mayOverwrite(this.#calls[i], lies, to, this.nameOf);
    if (!isSafe(first)) return false;
    if (last === first) return true;
    if (!isFirstOfTwo(this.#calls[first], this.nameOf)) return false;
    const shared = [...new Set([...this.#uses[home], ...this.#uses[to]])].filter(
      (i) => i > first && i <= last,
    );
    return shared.length === 1 && shared[0] === last && this.#uses[to].includes(last) && isSafe(last);
  }

  #join(home: number, buffer: number): void {
    this.#homes[buffer] = home;
    this.#uses[home] = [...new Set([...this.#uses[home], ...this.#uses[buffer]])].sort((a, b) => a - b);
    this.#keptTo[home] = Math.max(this.#keptTo[home], this.#keptTo[buffer]);
  }

  #isPlanned(buffer: number): boolean {
    return this.recorded.buffers[buffer].kind === 'internal';
  }

  #last(home: number): number {
    return Math.max(this.#keptTo[home], this.#uses[home].at(-1) ?? -1);
  }

  #plan(): Layout {
    const { buffers, inputs } = this.recorded;
    const given = new Set(inputs.map(bufferAt));
    const planned = buffers
      .map((_, i) => i)
      .filter((i) => this.#isPlanned(i) && this.#homes[i] === i && (this.#last(i) >= 0 || given.has(i)));
    const plan = planMemory(
      planned.map((i) => ({
        bytes: paddedBytes(buffers[i].bytes),
        first: given.has(i) ? 0 : (this.#uses[i][0] ?? 0),
        last: Math.max(0, this.#last(i)),
      })),
    );
    const offsets = new Array<number>(buffers.length).fill(-1);
    planned.forEach((buffer, i) => (offsets[buffer] = plan.offsets[i]));
    return {
      ...{ calls: this.#calls, ends: this.#ends, homes: this.#homes, offsets, plan },
      written: this.#written,
    };
  }
}

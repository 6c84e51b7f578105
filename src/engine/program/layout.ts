import type { Variable } from '../tf-core.js';
import type { InvolveError } from '../../util/errors.js';
import { buffersOf, usesOf, type CallList, type ProgramCall } from './calls.js';
import { mayOverwrite } from './in-place.js';
import { planMemory, type MemoryPlan } from './memory-plan.js';
import { notReplayable, readsOldValue } from './not-replayable.js';

/** A copy of a whole buffer to another one. */
export interface CopyCall extends ProgramCall {
  readonly kind: 'copy';
  readonly bytes: number;
}

/** Where everything lies. */
export interface Layout<C extends ProgramCall> {
  readonly calls: readonly (C | CopyCall)[];
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

/**
 * Gives every buffer of a recording its place. New values of variables are written where the variable lies,
 * what a call computes value by value is written over what it reads for the last time, and the rest is planned.
 * @param list without views (`within`)
 * @param roomFor bytes that a buffer of so many bytes takes
 * @throws InvolveError E_NOT_REPLAYABLE where variables cannot be assigned in place nor by copies
 */
export function layOut<C extends ProgramCall>(
  list: CallList<C>,
  roomFor: (bytes: number) => number,
): Layout<C> {
  return new LayoutBuilder(list, roomFor).build();
}

// --- internal ---

/** Between the last call of a phase and the first of the next, variables are copied, then results read out. */
const COPIED = 0.75;
const READ_OUT = 0.5;

function refusal(what: string): InvolveError {
  return notReplayable(`the step cannot be replayed: it ${what}`);
}

function copyOf(from: number, to: number, bytes: number): CopyCall {
  const operands = [
    { buffer: from, offset: 0, role: 'in' },
    { buffer: to, offset: 0, role: 'out' },
  ] as const;
  return { kind: 'copy', name: 'copy', operands, bytes };
}

class LayoutBuilder<C extends ProgramCall> {
  readonly #calls: (C | CopyCall)[] = [];
  readonly #ends: number[] = [];
  readonly #homes: number[];
  /** Calls that name a buffer, in order; of a home those of all that lie there. */
  readonly #uses: number[][];
  /** Until when a buffer is needed where no call names it any more. */
  readonly #keptTo: Float64Array;
  readonly #written = new Set<Variable>();
  /** Buffers that are filled before the first phase. */
  readonly #given: ReadonlySet<number>;

  constructor(
    private readonly list: CallList<C>,
    private readonly roomFor: (bytes: number) => number,
  ) {
    const { buffers } = list;
    this.#given = new Set(list.inputs);
    this.#homes = buffers.map((_, i) => i);
    this.#uses = usesOf(list);
    this.#keptTo = new Float64Array(buffers.length).fill(-1);
  }

  build(): Layout<C> {
    const copies = this.#settleVariables();
    this.#insertCopies(copies);
    this.#keepOutputs();
    this.#overwrite();
    return this.#plan();
  }

  /** Puts new values of variables into the variables' places; gives back, by phase, those that must be copied. */
  #settleVariables(): CopyCall[][] {
    const { buffers, phases } = this.list;
    const places = new Map<Variable, number>();
    buffers.forEach((buffer, i) => {
      if (buffer.kind === 'variable') places.set(buffer.variable, i);
    });
    // Until then a value must stay as it is.
    for (const { end, outputs, assignments } of phases) {
      for (const { value } of assignments) this.#keptTo[value] = end - COPIED;
      for (const output of outputs) this.#keptTo[output] = end - READ_OUT;
    }
    let begin = 0;
    return phases.map(({ assignments, end }) => {
      const copies: CopyCall[] = [];
      for (const { variable, value } of assignments) {
        this.#written.add(variable);
        const place = places.get(variable)!;
        if (buffers[value].kind === 'variable' || buffers[value].kind === 'tensor')
          throw refusal(`assigns to the variable ${variable.name} what it did not compute`);
        const isMade = buffers[value].kind === 'internal' && !this.#given.has(value);
        const isFree = isMade && this.#homes[value] === value;
        const isWhole = buffers[value].bytes === buffers[place].bytes;
        if (isFree && isWhole && this.#uses[value][0] >= begin && this.#canFollow(place, value)) {
          this.#join(place, value);
        } else {
          if (this.#last(place) > end - COPIED) throw readsOldValue(variable.name);
          copies.push(copyOf(value, place, buffers[place].bytes));
        }
      }
      begin = end;
      return this.#inOrder(copies);
    });
  }

  /** Copies in an order in which none writes over what a later one reads. */
  #inOrder(copies: readonly CopyCall[]): CopyCall[] {
    const left = [...copies];
    const sorted: CopyCall[] = [];
    while (left.length > 0) {
      const next = left.findIndex(({ operands: [, to] }) =>
        left.every(({ operands: [otherFrom, otherTo] }) => {
          return otherTo.buffer === to.buffer || this.#homes[otherFrom.buffer] !== to.buffer;
        }),
      );
      if (next < 0) throw refusal('exchanges the values of variables');
      sorted.push(...left.splice(next, 1));
    }
    return sorted;
  }

  /** Whether `value` may lie in the place of `home`: what is there is read no more when the value is written. */
  #canFollow(home: number, value: number): boolean {
    const last = this.#uses[home].at(-1) ?? -1;
    const first = this.#uses[value][0];
    if (this.#keptTo[home] > first || last > first) return false;
    const lies = (buffer: number): boolean => this.#homes[buffer] === home;
    return last < first || mayOverwrite(this.list.calls[first], lies, value);
  }

  #insertCopies(copies: readonly (readonly CopyCall[])[]): void {
    const { calls, phases } = this.list;
    let begin = 0;
    const moved = new Int32Array(calls.length);
    const inserted = new Set<ProgramCall>(copies.flat());
    phases.forEach(({ end }, phase) => {
      for (let i = begin; i < end; i++) moved[i] = this.#calls.push(calls[i]) - 1;
      this.#calls.push(...copies[phase]);
      this.#ends.push(this.#calls.length);
      begin = end;
    });
    for (const uses of this.#uses) uses.forEach((call, i) => (uses[i] = moved[call]));
    this.#calls.forEach((call, i) => {
      if (!inserted.has(call)) return;
      for (const buffer of buffersOf(call)) {
        const uses = this.#uses[this.#homes[buffer]];
        uses.push(i);
        uses.sort((a, b) => a - b);
      }
    });
  }

  /** What a phase returns is there until it ends. Now by the calls with the copies among them. */
  #keepOutputs(): void {
    this.#keptTo.fill(-1);
    this.list.phases.forEach(({ outputs }, phase) => {
      for (const output of outputs) {
        const home = this.#homes[output];
        this.#keptTo[home] = this.#ends[phase] - READ_OUT;
      }
    });
  }

  /** Lets results of value-by-value calls lie over operands that are needed no more. */
  #overwrite(): void {
    const { buffers } = this.list;
    this.#calls.forEach((call, i) => {
      const named = buffersOf(call);
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
    const isSafe = (i: number): boolean => mayOverwrite(this.#calls[i], lies, to);
    if (!isSafe(first)) return false;
    if (last === first) return true;
    const second = this.#calls[last] as C | CopyCall | undefined;
    if (second === undefined || this.#calls[first].before !== second.name) return false;
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
    return this.list.buffers[buffer].kind === 'internal';
  }

  #last(home: number): number {
    return Math.max(this.#keptTo[home], this.#uses[home].at(-1) ?? -1);
  }

  #plan(): Layout<C> {
    const { buffers } = this.list;
    const given = this.#given;
    const planned = buffers
      .map((_, i) => i)
      .filter((i) => this.#isPlanned(i) && this.#homes[i] === i && (this.#last(i) >= 0 || given.has(i)));
    const plan = planMemory(
      planned.map((i) => ({
        bytes: this.roomFor(buffers[i].bytes),
        first: given.has(i) ? 0 : (this.#uses[i][0] ?? 0),
        last: Math.max(0, Math.floor(this.#last(i))),
      })),
    );
    const offsets = new Array<number>(buffers.length).fill(-1);
    planned.forEach((buffer, i) => (offsets[buffer] = plan.offsets[i]));
    return {
      calls: this.#calls,
      ends: this.#ends,
      homes: this.#homes,
      offsets,
      written: this.#written,
      plan,
    };
  }
}

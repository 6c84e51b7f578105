import type { Variable } from '../tf-core.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import type { CallList, ProgramBuffer, ProgramCall } from './calls.js';
import { layOut } from './layout.js';
import { operandsOf, routine, type Routine } from './routine.js';

/** Routines of a made-up machine: one number for each whole buffer, read before written. */
const MACHINE = [
  routine('relu', { roles: { from: 'in', to: 'out' }, over: { to: ['from'] } }),
  routine('add', { roles: { a: 'in', b: 'in', to: 'out' }, over: { to: ['a', 'b'] } }),
  routine('sum', { roles: { a: 'in', b: 'in', to: 'out' } }),
  routine('movingAverage', {
    roles: { average: 'in', value: 'in', to: 'out' },
    over: { to: ['average', 'value'] },
  }),
];
const numberOf = (name: string): number => MACHINE.findIndex((each) => each.name === name);
const RUN: Readonly<
  Record<string, (read: (i: number) => number, write: (i: number, x: number) => void) => void>
> = {
  relu: (read, write) => write(1, 1 + Math.max(0, read(0))),
  add: (read, write) => write(2, read(0) + 2 * read(1)),
  movingAverage: (read, write) => write(2, 0.5 * read(0) + 0.25 * read(1)),
  // Not value by value: it clears its output before it reads, as a real one may.
  sum: (read, write) => {
    write(2, 0);
    write(2, 3 * read(0) - read(1));
  },
};
/** A call of a routine on whole buffers. */
function callOf(called: Routine, buffers: readonly number[]): ProgramCall {
  return {
    name: called.name,
    ...operandsOf(
      called,
      buffers.map((buffer) => ({ buffer, offset: 0 })),
    ),
  };
}
/** As memory that is aligned, with some of it behind the end. */
const roomFor = (bytes: number): number => Math.ceil((bytes + 64) / 64) * 64;

interface Step {
  readonly kernel: number;
  readonly a: number;
  readonly b: number;
  readonly assign: number | null;
}

const VARIABLES = 3;
const programs = fc.record({
  steps: fc.array(
    fc.record({
      kernel: fc.nat(MACHINE.length - 1),
      a: fc.nat(8),
      b: fc.nat(8),
      assign: fc.option(fc.nat(VARIABLES - 1), { freq: 3 }),
    }),
    { minLength: 1, maxLength: 24 },
  ),
  boundary: fc.nat(24),
  outputs: fc.array(fc.nat(30), { maxLength: 3 }),
});

/** A recording of the steps, and what they compute when every buffer has a place of its own. */
function make({ steps, boundary, outputs }: { steps: Step[]; boundary: number; outputs: number[] }) {
  const variables = Array.from({ length: VARIABLES }, (_, i) => ({ name: `v${i}` }) as unknown as Variable);
  const buffers: ProgramBuffer[] = variables.map((variable) => ({ kind: 'variable', bytes: 64, variable }));
  const input = buffers.push({ kind: 'internal', bytes: 64 }) - 1;
  const holds = variables.map((_, i) => i);
  const numbers = [1, 2, 3, 5];
  const calls: ProgramCall[] = [];
  const end = Math.min(boundary, steps.length);
  const phases: CallList['phases'][number][] = [];
  const results: number[][] = [];
  const atEnd = (before: readonly number[]): void => {
    const made = outputs.map((which) => input + (which % (buffers.length - input)));
    results.push(made.map((buffer) => numbers[buffer]));
    phases.push({
      end: calls.length,
      outputs: made,
      assignments: variables.flatMap((variable, i) =>
        holds[i] === before[i] ? [] : [{ variable, value: holds[i] }],
      ),
    });
  };
  let before = [...holds];
  steps.forEach(({ kernel, a, b, assign }, i) => {
    if (i === end) {
      atEnd(before);
      before = [...holds];
    }
    // What can be read: the variables as they are by now, the input, and the newest results.
    const readable = [...holds, input, ...Array.from({ length: 4 }, (_, j) => buffers.length - 1 - j)].filter(
      (buffer) => buffer >= input || holds.includes(buffer),
    );
    const from = [readable[a % readable.length], readable[b % readable.length]];
    const to = buffers.push({ kind: 'internal', bytes: 64 }) - 1;
    const places = kernel === 0 ? [from[0], to] : [...from, to];
    RUN[MACHINE[kernel].name](
      (place) => numbers[places[place]],
      (place, x) => (numbers[places[place]] = x),
    );
    calls.push(callOf(MACHINE[kernel], places));
    if (assign !== null) holds[assign] = to;
  });
  if (phases.length === 0 && end < steps.length) atEnd(before);
  else atEnd(before);
  return {
    recorded: { buffers, calls, inputs: [input], phases },
    input,
    results,
    state: holds.map((buffer) => numbers[buffer]),
  };
}

/** Runs a program in the places that a layout gives it. */
function runLaidOut({ recorded, input }: ReturnType<typeof make>) {
  const layout = layOut(recorded, roomFor);
  const memory = new Map<string, number>();
  const placeOf = (buffer: number): string => {
    let home = buffer;
    while (layout.homes[home] !== home) home = layout.homes[home];
    const offset = layout.offsets[home];
    return recorded.buffers[home].kind === 'variable' ? `v${home}` : `arena ${offset}`;
  };
  [1, 2, 3].forEach((value, i) => memory.set(`v${i}`, value));
  memory.set(placeOf(input), 5);
  const results: number[][] = [];
  let begin = 0;
  recorded.phases.forEach(({ outputs }, phase) => {
    for (const call of layout.calls.slice(begin, layout.ends[phase])) {
      const at = (i: number): string => placeOf(call.operands[i].buffer);
      if ('kind' in call) memory.set(at(1), memory.get(at(0))!);
      else
        RUN[call.name](
          (i) => memory.get(at(i))!,
          (i, x) => memory.set(at(i), x),
        );
    }
    begin = layout.ends[phase];
    results.push(outputs.map((output) => memory.get(placeOf(output))!));
  });
  return { layout, results, state: recorded.buffers.slice(0, VARIABLES).map((_, i) => memory.get(`v${i}`)!) };
}

describe('layOut', () => {
  it('computes what a program computes whose buffers share nothing', () => {
    let runs = 0;
    let refused = 0;
    fc.assert(
      fc.property(programs, (program) => {
        const made = make(program);
        runs++;
        let laidOut: ReturnType<typeof runLaidOut>;
        try {
          laidOut = runLaidOut(made);
        } catch (error) {
          // Old values of variables that are read out, and the like: refused instead of computed wrong.
          if (!(error instanceof InvolveError)) throw error;
          refused++;
          return;
        }
        const { results, state } = laidOut;
        expect(results).toEqual(made.results);
        expect(state).toEqual(made.state);
      }),
      { numRuns: 2000 },
    );
    expect(refused / runs).toBeLessThan(0.2);
  });

  it('writes new values of variables in place, without a copy', () => {
    const step = { kernel: numberOf('movingAverage'), a: 0, b: 3, assign: 0 };
    const made = make({ steps: [step], boundary: 1, outputs: [] });
    const { layout } = runLaidOut(made);
    expect(layout.calls).toHaveLength(1);
    expect(layout.homes[made.recorded.buffers.length - 1]).toBe(0);
    expect(layout.written).toEqual(new Set([(made.recorded.buffers[0] as { variable: Variable }).variable]));
  });

  it('copies where the old value is still read', () => {
    const add = { kernel: numberOf('sum'), a: 0, b: 3, assign: 0 };
    const { layout } = runLaidOut(make({ steps: [add], boundary: 1, outputs: [] }));
    expect(layout.calls.map(({ name }) => name)).toEqual(['sum', 'copy']);
  });

  it('works a chain of value-by-value calls off in one buffer', () => {
    const steps = Array.from({ length: 20 }, () => ({ kernel: 0, a: 4, b: 0, assign: null }));
    const { layout } = runLaidOut(make({ steps, boundary: 20, outputs: [] }));
    expect(layout.plan.bytes).toBe(128);
  });

  describe('of two passes', () => {
    const roles = { dy: 'in', dx: 'out' } as const;
    const over = { dx: ['dy'] };
    const first = routine('first', { roles, over, before: 'second' });
    const second = routine('second', { roles, over });
    const other = routine('other', { roles, over });
    const reader = routine('reader', { roles: { from: 'in' } });
    const [dy, dx] = [0, 1];

    /** Where dx lies after these calls, each by its routine and the buffers that it names. */
    function homeOfDx(...calls: readonly (readonly [Routine, ...number[]])[]): number {
      const list: CallList = {
        buffers: [dy, dx].map(() => ({ kind: 'internal', bytes: 64 })),
        calls: calls.map(([called, ...buffers]) => callOf(called, buffers)),
        inputs: [dy],
        phases: [{ end: calls.length, outputs: [dx], assignments: [] }],
      };
      return layOut(list, roomFor).homes[dx];
    }

    it('writes over what the second pass still names', () => {
      expect(homeOfDx([first, dy, dx], [second, dy, dx])).toBe(dy);
    });

    it('does not where another routine follows', () => {
      expect(homeOfDx([first, dy, dx], [other, dy, dx])).toBe(dx);
      expect(homeOfDx([second, dy, dx], [second, dy, dx])).toBe(dx);
    });

    it('does not where what is written over is read between them or after them', () => {
      expect(homeOfDx([first, dy, dx], [reader, dy], [second, dy, dx])).toBe(dx);
      expect(homeOfDx([first, dy, dx], [second, dy, dx], [reader, dy])).toBe(dx);
    });
  });
});

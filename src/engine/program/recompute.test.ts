import { describe, expect, it } from 'vitest';
import type { CallList, ProgramBuffer, ProgramCall } from './calls.js';
import { recompute } from './recompute.js';

const READER = { name: 'read' };

function call(name: string, from: readonly number[], to: number, isCheap = false): ProgramCall {
  const read = from.map((buffer) => ({ buffer, offset: 0, role: 'in' as const }));
  return { name, operands: [...read, { buffer: to, offset: 0, role: 'out' }], isCheap };
}

/**
 * Buffer 1 is made of 0 by a cheap call, used at once, and again after `between` calls; what it is made of is used
 * after that as well, unless `forgets`.
 */
function list(between: number, { forgets = false, returns = false } = {}): CallList {
  const buffers = Array.from({ length: 5 }, (): ProgramBuffer => ({ kind: 'internal', bytes: 640 }));
  const calls = [
    call('normalise', [0], 1, true),
    call('first', [1], 2),
    ...Array.from({ length: between }, () => call(READER.name, [2], 3)),
    call('late', [1], 4),
    call('last', [forgets ? 2 : 0], 3),
  ];
  return {
    buffers,
    calls,
    inputs: [0],
    phases: [
      { end: calls.length, outputs: returns ? [1] : [], assignments: [] },
      { end: calls.length, outputs: [], assignments: [] },
    ],
  };
}

/** What is called, and on which buffers. */
const written = ({ calls }: CallList): string[] =>
  calls
    .filter(({ name }) => name !== READER.name)
    .map(({ name, operands }) => `${name} ${operands.map(({ buffer }) => buffer).join(' ')}`);

describe('recompute', () => {
  it('makes a cheap result again, before a use that comes long after the others', () => {
    const before = list(20);
    const after = recompute(before);
    expect(written(after)).toEqual(['normalise 0 1', 'first 1 2', 'normalise 0 5', 'late 5 4', 'last 0 3']);
    expect(after.buffers[5]).toEqual({ kind: 'internal', bytes: 640 });
    expect(after.phases.map(({ end }) => end)).toEqual([25, 25]);
    expect(written(before)).toHaveLength(4);
  });

  it.each([
    ['is used again soon', list(10)],
    ['is made of what is gone by then', list(20, { forgets: true })],
    ['is returned', list(20, { returns: true })],
  ])('leaves a result as it is that %s', (_, before) => {
    const after = recompute(before);
    expect(after.calls).toEqual(before.calls);
    expect(after.buffers).toEqual(before.buffers);
  });
});

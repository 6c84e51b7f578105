import { describe, expect, it } from 'vitest';
import type { Variable } from '../tf-core.js';
import type { ProgramBuffer, ProgramCall } from './calls.js';
import { firstDifference, refuseDifference } from './compare-recordings.js';
import type { Recording } from './record.js';

const [one, other] = [{ id: 1 }, { id: 2 }] as unknown as readonly [Variable, Variable];
const [tensor, another] = [{}, {}];
const BUFFERS: readonly ProgramBuffer[] = [
  { kind: 'constant', bytes: 4, key: 'a' },
  { kind: 'variable', bytes: 4, variable: one },
  { kind: 'tensor', bytes: 4, dataId: tensor },
  { kind: 'internal', bytes: 4 },
];
const call = (name: string, ...buffers: readonly number[]): ProgramCall =>
  ({
    name,
    operands: buffers.map((buffer) => ({ buffer, offset: 0, role: 'in' })),
  }) as unknown as ProgramCall;

/** Of the buffers two calls use all but the last. */
function recording(buffers = BUFFERS, calls = [call('Add', 0, 1), call('Mul', 2, 1)]): Recording {
  return {
    list: { buffers, calls, inputs: [], phases: [{ end: calls.length, assignments: [] }] },
    ...{ inputs: [], outputs: [[]] },
  } as unknown as Recording;
}

const wording = {
  noun: 'call',
  difference: (a: ProgramCall, b: ProgramCall | undefined) =>
    b === undefined || a.name === b.name ? undefined : `${a.name} before, ${b.name} now`,
};
const differs = (a: Recording, b: Recording): string | undefined => firstDifference(a, b, wording);
const withBuffer = (at: number, buffer: ProgramBuffer): Recording => recording(BUFFERS.with(at, buffer));

describe('two recordings of one computation', () => {
  it('are the same, buffers made anew included', () => {
    expect(differs(recording(), recording(BUFFERS.map((buffer) => ({ ...buffer }))))).toBeUndefined();
    expect(() => refuseDifference(recording(), recording(), wording)).not.toThrow();
  });

  it.each<[string, number, ProgramBuffer, string]>([
    ['constant', 0, { kind: 'constant', bytes: 4, key: 'b' }, ' (call 0, Add)'],
    ['variable', 1, { kind: 'variable', bytes: 4, variable: other }, ' (call 0, Add)'],
    ['tensor', 2, { kind: 'tensor', bytes: 4, dataId: another }, ' (call 1, Mul)'],
    ['kind', 2, { kind: 'internal', bytes: 4 }, ' (call 1, Mul)'],
    ['size, of a buffer that no call names', 3, { kind: 'internal', bytes: 8 }, ''],
  ])('differ in a %s', (_, at, buffer, user) => {
    expect(differs(recording(), withBuffer(at, buffer))).toBe(`a constant has other values${user}`);
  });

  it('differ in their calls, told in the words of the engine', () => {
    const others = recording(BUFFERS, [call('Add', 0, 1), call('Sub', 2, 1)]);
    expect(differs(recording(), others)).toBe('call 1, Mul before, Sub now');
    expect(differs(recording(), recording(BUFFERS, [call('Add', 0, 1)]))).toBe('2 calls, then 1');
    expect(() => refuseDifference(recording(), others, wording)).toThrow(
      'the step is not the same every time, so it cannot be replayed: call 1, Mul before, Sub now',
    );
  });

  it('may differ in buffers that only one of them has', () => {
    expect(differs(recording(), recording(BUFFERS.slice(0, 3)))).toBeUndefined();
    expect(differs(recording(BUFFERS.slice(0, 3)), recording())).toBeUndefined();
  });
});

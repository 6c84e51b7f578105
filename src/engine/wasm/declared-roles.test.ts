import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { routine, type Role } from '../program/routine.js';
import { openTestBackend } from './testing.js';

const { pool, sharedMemory } = openTestBackend({ threads: 2 });
afterAll(() => pool.close());

const COUNT = 16;
const [from, to] = [0, 1].map(() => sharedMemory.allocate(COUNT * 4));
const valuesAt = (address: number): Float32Array => new Float32Array(sharedMemory.buffer, address, COUNT);
afterEach(() => [from, to].forEach((address) => valuesAt(address).fill(1)));

/** A routine that is there, with other roles. */
function neg(fromRole: Role, toRole: Role): void {
  const declared = routine('neg', { roles: { from: fromRole, to: toRole, count: 'number' } });
  pool.call(declared, 1, [from, to, COUNT], true);
}

describe('roles that a routine does not keep to', () => {
  it('are found where it writes to what it reads alone', () => {
    valuesAt(from).fill(2);
    expect(() => neg('in', 'in')).toThrowError(
      'The routine neg writes to to, which it declares to read alone.',
    );
    expect(() => neg('in', 'out')).not.toThrowError();
  });

  it('are found where it reads scratch memory', () => {
    valuesAt(from).fill(2);
    neg('in', 'out');
    expect(valuesAt(to)).toEqual(new Float32Array(COUNT).fill(-2));
    neg('scratch', 'out');
    expect(valuesAt(to)).not.toEqual(new Float32Array(COUNT).fill(-2));
  });
});

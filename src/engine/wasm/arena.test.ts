import { describe, expect, it } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import { Arena } from './arena.js';
import { SharedMemory } from './memory.js';

const MIB = 1048576;

describe('Arena', () => {
  it('grows to the longest program and is given back with the last', () => {
    const memory = new SharedMemory();
    const arena = new Arena(memory);
    const programs = [{}, {}];
    for (const program of programs) arena.add(program);
    arena.reserve(2 * MIB, 10);
    const { address } = arena;
    arena.reserve(MIB, 4);
    expect(arena).toMatchObject({ address, bytes: 2 * MIB });
    arena.reserve(3 * MIB, 10);
    expect(arena.bytes).toBe(3 * MIB);
    expect(memory.usedBytes).toBeLessThan(3.1 * MIB);
    arena.remove(programs[0]);
    expect(arena.bytes).toBe(3 * MIB);
    arena.remove(programs[1]);
    expect([arena.bytes, memory.usedBytes]).toEqual([0, 0]);
  });

  it('says which batch would fit when a program does not', () => {
    const arena = new Arena(new SharedMemory(64 * MIB));
    let thrown: unknown;
    try {
      arena.reserve(200 * MIB, 100);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InvolveError);
    const { code, exitCode, problems } = thrown as InvolveError;
    expect([code, exitCode]).toEqual(['E_OUT_OF_MEMORY', 1]);
    expect(problems[0].what).toContain('a batch of 100 needs 200 MiB');
    expect(problems[0].try).toMatch(/^train\.batchSize 3[01] or less/);
  });
});

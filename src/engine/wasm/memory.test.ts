import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../util/random.js';
import { SharedMemory } from './memory.js';

const MIB = 1048576;

describe('SharedMemory', () => {
  it('gives out aligned stretches that do not overlap, and takes all of them back', () => {
    const memory = new SharedMemory();
    const random = new RandomStream('memory');
    const held = new Map<number, number>();
    for (let i = 0; i < 3000; i++) {
      if (held.size > 0 && random.uniform() < 0.5) {
        const address = [...held.keys()][random.integer(held.size)];
        memory.free(address);
        held.delete(address);
      } else {
        const bytes = Math.floor(2 ** random.between(0, 21));
        const address = memory.allocate(bytes);
        expect(address % 64).toBe(0);
        held.set(address, bytes);
      }
    }
    const stretches = [...held].sort(([a], [b]) => a - b);
    stretches.forEach(([address, bytes], i) => {
      const next = stretches[i + 1]?.[0] ?? memory.totalBytes;
      expect(address + bytes + 64).toBeLessThanOrEqual(next);
    });
    for (const address of held.keys()) memory.free(address);
    expect(memory.usedBytes).toBe(0);
    // All merged again: the whole of it fits without growing.
    const total = memory.totalBytes;
    memory.allocate(total - 65536 - 64);
    expect(memory.totalBytes).toBe(total);
  });

  it('gives out what lies within it, to the last piece before it grows', () => {
    const memory = new SharedMemory();
    const began = memory.totalBytes;
    while (memory.totalBytes === began) {
      const end = memory.allocate(64) + 64;
      expect(end).toBeLessThanOrEqual(memory.totalBytes);
    }
    expect(memory.totalBytes).toBe(memory.buffer.byteLength);
  });

  it('uses freed memory again, and remembers its peak', () => {
    const memory = new SharedMemory();
    for (let i = 0; i < 100; i++) memory.free(memory.allocate(10 * MIB));
    expect(memory.totalBytes).toBeLessThan(32 * MIB);
    expect(memory.peakBytes).toBe(10 * MIB + 64);
  });

  it('grows, and older views keep their bytes', () => {
    const memory = new SharedMemory();
    const address = memory.allocate(4);
    const view = new Float32Array(memory.buffer, address, 1);
    view[0] = 7;
    const far = memory.allocate(100 * MIB);
    expect(memory.totalBytes).toBeGreaterThan(far + 100 * MIB);
    expect(new Float32Array(memory.buffer, address, 1)[0]).toBe(7);
  });

  it('says what to do when it is full', () => {
    const memory = new SharedMemory(64 * MIB);
    memory.allocate(40 * MIB);
    expect(() => memory.allocate(30 * MIB)).toThrowError(
      expect.objectContaining({
        code: 'E_OUT_OF_MEMORY',
        exitCode: 1,
        message:
          'The wasm engine is out of memory: 41 MiB are in use, and a tensor needs 30 MiB more (the limit is 64 MiB).',
      }),
    );
    memory.allocate(10 * MIB);
  });

  it('refuses to free what it has not given out', () => {
    expect(() => new SharedMemory().free(128)).toThrowError('Nothing is allocated at address 128.');
  });
});

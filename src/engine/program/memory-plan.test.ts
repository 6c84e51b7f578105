import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lifetime, planMemory } from './memory-plan.js';

const lifetimes = fc.array(
  fc
    .record({ units: fc.integer({ min: 1, max: 40 }), first: fc.nat(30), length: fc.nat(12) })
    .map(({ units, first, length }): Lifetime => ({ bytes: 64 * units, first, last: first + length })),
  { maxLength: 60 },
);

const alive = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last;

describe('planMemory', () => {
  it('never gives two buffers that live at the same time the same byte', () => {
    fc.assert(
      fc.property(lifetimes, (buffers) => {
        const { offsets, bytes } = planMemory(buffers);
        buffers.forEach((a, i) => {
          expect(offsets[i]).toBeGreaterThanOrEqual(0);
          expect(offsets[i] % 64).toBe(0);
          expect(offsets[i] + a.bytes).toBeLessThanOrEqual(bytes);
          for (let j = 0; j < i; j++) {
            const apart = offsets[i] + a.bytes <= offsets[j] || offsets[j] + buffers[j].bytes <= offsets[i];
            if (alive(a, buffers[j])) expect(apart, `${i} and ${j}`).toBe(true);
          }
        });
      }),
    );
  });

  it('needs at least what is alive at one time, and no more than all together', () => {
    fc.assert(
      fc.property(lifetimes, (buffers) => {
        const { bytes, leastBytes } = planMemory(buffers);
        const at = (time: number) =>
          buffers.reduce((sum, b) => sum + (b.first <= time && time <= b.last ? b.bytes : 0), 0);
        expect(leastBytes).toBe(Math.max(0, ...Array.from({ length: 50 }, (_, time) => at(time))));
        expect(bytes).toBeGreaterThanOrEqual(leastBytes);
        expect(bytes).toBeLessThanOrEqual(buffers.reduce((sum, b) => sum + b.bytes, 0));
      }),
    );
  });

  it('is a function of the lifetimes: planned again, after others, everything lies where it lay', () => {
    fc.assert(
      fc.property(lifetimes, lifetimes, (buffers, others) => {
        const plan = planMemory(buffers);
        planMemory(others);
        expect(planMemory(structuredClone(buffers))).toEqual(plan);
      }),
    );
  });

  it('puts each buffer here, for good: the larger first, then the earlier, into the tightest gap', () => {
    const buffers = [
      { bytes: 64, first: 0, last: 1 },
      { bytes: 256, first: 0, last: 2 },
      { bytes: 128, first: 1, last: 3 },
      { bytes: 64, first: 2, last: 4 },
      { bytes: 192, first: 3, last: 5 },
      { bytes: 64, first: 3, last: 3 },
    ];
    expect(planMemory(buffers)).toEqual({
      offsets: [384, 0, 256, 384, 0, 192],
      bytes: 448,
      leastBytes: 448,
    });
  });

  it('uses a chain of buffers again and again', () => {
    const chain = Array.from({ length: 100 }, (_, i) => ({ bytes: 640, first: i, last: i + 1 }));
    expect(planMemory(chain).bytes).toBe(2 * 640);
  });

  it('puts a network, whose activations die in reverse order, into the least there can be', () => {
    const layers = Array.from({ length: 40 }, (_, i) => ({
      bytes: 64 * (1 + ((i * 7) % 11)),
      first: i,
      last: 100 - i,
    }));
    const { bytes, leastBytes } = planMemory(layers);
    expect(bytes).toBe(leastBytes);
  });

  it('plans nothing for nothing', () => {
    expect(planMemory([])).toEqual({ offsets: [], bytes: 0, leastBytes: 0 });
  });
});

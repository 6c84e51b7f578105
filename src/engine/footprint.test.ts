import { describe, expect, it } from 'vitest';
import { memoryNeed, type Footprint } from './footprint.js';

const footprint: Footprint = { processBytes: 100, bytesPerCall: 2, stateCopies: 3, limitBytes: 1000 };
const need = (plannedBytes: number, batch: number) =>
  memoryNeed(footprint, { plannedBytes, calls: 5 }, 30, batch);

describe('the memory that training needs', () => {
  it('is the process, its calls, copies of the state and the step', () => {
    expect(need(800, 8)).toEqual({ bytes: 100 + 5 * 2 + 3 * 30 + 800, largestBatch: 8 });
  });

  it('leaves the largest batch whose step fits beside all that, with a twentieth to spare', () => {
    expect(need(1600, 16)).toEqual({ bytes: 1800, largestBatch: 7 });
    expect(need(801, 100).largestBatch).toBe(94);
    expect(need(801, 1).largestBatch).toBe(0);
  });

  it('has no more room than the engine has, the state lying there once', () => {
    const small = { ...footprint, engineBytes: 430 };
    const within = (plannedBytes: number) => memoryNeed(small, { plannedBytes, calls: 5 }, 30, 8);
    expect(within(400)).toEqual({ bytes: 600, largestBatch: 8 });
    expect(within(800)).toEqual({ bytes: 1000, largestBatch: 3 });
  });

  it('fits no image where the state alone is too large', () => {
    expect(memoryNeed(footprint, { plannedBytes: 1, calls: 0 }, 400, 16).largestBatch).toBe(0);
  });
});

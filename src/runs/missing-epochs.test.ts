import { describe, expect, it } from 'vitest';
import { epochsText, missingEpochs } from './missing-epochs.js';

const rows = (...epochs: readonly number[]) => epochs.map((epoch) => ({ epoch }));

describe('epochs that have no row', () => {
  it('are looked for from the first to the last that is finished', () => {
    expect(missingEpochs(rows(1, 2, 3), 3)).toEqual([]);
    expect(missingEpochs(rows(2, 9), 4)).toEqual([1, 3, 4]);
    expect(missingEpochs([], 2)).toEqual([1, 2]);
    expect(missingEpochs([], 0)).toEqual([]);
  });

  it('are named, the first five of many', () => {
    expect(epochsText([7])).toBe('epoch 7');
    expect(epochsText([1, 2, 3, 4, 5])).toBe('epochs 1, 2, 3, 4, 5');
    expect(epochsText([1, 2, 3, 4, 5, 8])).toBe('epochs 1, 2, 3, 4, 5, … (6 in all)');
  });
});

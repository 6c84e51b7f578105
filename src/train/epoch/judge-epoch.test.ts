import { describe, expect, it } from 'vitest';
import { schedule, type ScheduleConfig } from '../schedule-options.js';
import { startOf, type Progress } from '../state.js';
import { endOf, judgeEpoch, type EpochRules } from './judge-epoch.js';

const loss = { name: 'loss', title: 'loss', unit: 'nats', better: 'lower' } as const;
const parse = (config: object): ScheduleConfig => schedule.parse(config);
const RULES: EpochRules = { schedule: parse({ name: 'constant' }), until: 'end', best: loss, keep: null };
/** A reduction with the second epoch without a lower loss, and one in all. */
const PLATEAU = parse({ name: 'plateau', patience: 1, maxReductions: 1, threshold: 0 });

/** What these losses, epoch by epoch, come to. */
function judge(losses: readonly number[], rules: Partial<EpochRules> = {}) {
  let progress: Progress = startOf(0, {});
  return losses.map((value) => {
    const end = judgeEpoch(progress, { loss: value }, { ...RULES, ...rules });
    progress = { ...end.progress, epoch: progress.epoch + 1 };
    return end;
  });
}

describe('an epoch', () => {
  it('is the best where it betters all before it, counted from 1', () => {
    const ends = judge([3, 2, 2, NaN, 1]);
    expect(ends.map(({ isBest }) => isBest)).toEqual([true, true, false, false, true]);
    expect(ends.map(({ progress }) => progress.best)).toEqual([
      { epoch: 1, value: 3 },
      { epoch: 2, value: 2 },
      { epoch: 2, value: 2 },
      { epoch: 2, value: 2 },
      { epoch: 5, value: 1 },
    ]);
    expect(ends.at(-1)!.progress).not.toHaveProperty('patience');
    expect(ends.at(-1)!.progress).not.toHaveProperty('kept');
  });

  it('is kept while it is among the best', () => {
    const ends = judge([3, 2, 4, 1], { keep: 2 });
    expect(ends.map(({ isKept }) => isKept)).toEqual([true, true, false, true]);
    expect(ends.map(({ progress }) => progress.kept?.map(({ epoch }) => epoch))).toEqual([
      ...[[1], [1, 2], [1, 2], [2, 4]],
    ]);
    expect(judge([3, 2]).map(({ isKept }) => isKept)).toEqual([false, false]);
  });

  it('counts against the patience where training ends by that', () => {
    const ends = judge([3, 2, 2, 5, 1], { until: { patience: 3, minDelta: 0 } });
    expect(ends.map(({ progress }) => progress.patience?.badEpochs)).toEqual([0, 0, 1, 2, 0]);
  });

  it('is on a plateau where it lowers the rate, and once where it would do so once more', () => {
    const ends = judge([3, 3, 3, 3, 3, 3, 3], { schedule: PLATEAU });
    expect(ends.map(({ onPlateau }) => onPlateau)).toEqual([false, false, true, false, true, false, false]);
    expect(ends.map(({ progress }) => progress.plateau.exhausted)).toEqual([
      ...[false, false, false, false, true, true, true],
    ]);
    expect(judge([3, 3, 3, 3]).map(({ onPlateau }) => onPlateau)).toEqual([false, false, false, false]);
  });
});

describe('training', () => {
  const at = (more: Partial<Progress>): Progress => ({ ...startOf(0, {}), step: 10, ...more });
  const exhausted = at({ plateau: { best: 1, badEpochs: 2, reductions: 1, exhausted: true } });

  it('is done with its last step, and goes on before it', () => {
    expect(endOf(at({}), 'end', 10)).toBe('done');
    expect(endOf(at({}), 'end', 11)).toBeUndefined();
  });

  it('ends on the last plateau where it is to', () => {
    expect(endOf(exhausted, 'plateau', 11)).toBe('plateau');
    expect(endOf(exhausted, 'end', 11)).toBeUndefined();
    expect(endOf(at({}), 'plateau', 11)).toBeUndefined();
  });

  it('ends with its patience', () => {
    const until = { patience: 2, minDelta: 0 };
    const end = (badEpochs: number) => endOf(at({ patience: { best: 1, badEpochs } }), until, 11);
    expect([1, 2, 3].map(end)).toEqual([undefined, 'early-stop', 'early-stop']);
    expect(endOf(at({}), until, 11)).toBeUndefined();
  });

  it('ends nowhere within an epoch', () => {
    expect(endOf({ ...exhausted, batch: 1 }, 'plateau', 10)).toBeUndefined();
  });
});

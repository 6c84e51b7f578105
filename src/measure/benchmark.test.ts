import { describe, expect, it } from 'vitest';
import type { Experiment } from '../config/schema.js';
import { runFailed } from '../util/errors.js';
import type { BatchTime } from './bench-message.js';
import { benchmark, WARM_UP_TRIALS, type BenchChild, type BenchEntry } from './benchmark.js';

function entry(config: string, batch: number, samples: number): BenchEntry {
  const experiment = { data: { inputSize: 32 } } as unknown as Experiment;
  return { config, task: { experiment, mode: 'infer', classes: 6 }, batch, samples };
}

/** Children that compute nothing: what was asked of them is written down as `0:10`, child and images. */
class FakeChildren {
  readonly calls: string[] = [];
  readonly killed = new Set<number>();
  #opened = 0;

  /** @param ms what a child takes for its n-th batch; an error is what it fails with */
  constructor(private readonly ms: (child: number, nth: number) => number | BatchTime | Error) {}

  readonly open = (): BenchChild => {
    const id = this.#opened++;
    let nth = 0;
    return {
      prepare: () =>
        Promise.resolve({ engine: 'wasm', description: 'wasm (fake)', threads: 1, macs: 1000 - 250 * id }),
      batch: (count) => {
        this.calls.push(`${id}:${count}`);
        const ms = this.ms(id, nth++);
        return ms instanceof Error
          ? Promise.reject(ms)
          : Promise.resolve(typeof ms === 'number' ? { ms } : ms);
      },
      end: () => Promise.resolve(100 + id),
      kill: () => void this.killed.add(id),
    };
  };
}

describe('benchmark', () => {
  it('takes batches in turn, the last one of a trial with what is left', async () => {
    const children = new FakeChildren(() => 1);
    await benchmark([entry('a', 4, 10), entry('b', 5, 5)], { trials: 1, open: children.open });
    const trial = ['0:4', '1:5', '0:4', '0:2'];
    expect(children.calls).toEqual(Array.from({ length: WARM_UP_TRIALS + 1 }, () => trial).flat());
  });

  it('leaves the warm-up out, and tells statistics of the trials', async () => {
    const children = new FakeChildren((child, nth) => {
      if (nth < WARM_UP_TRIALS) return 1e6;
      return (child === 0 ? [10, 12, 20] : [5, 9, 7])[nth - WARM_UP_TRIALS];
    });
    const done: number[] = [];
    const { rows, failures, engine } = await benchmark([entry('a', 4, 4), entry('b', 4, 4)], {
      trials: 3,
      open: children.open,
      onTrial: (trial, total) => done.push(trial / total),
    });
    expect(failures).toEqual([]);
    expect(engine).toBe('wasm (fake)');
    expect(rows).toEqual([
      {
        ...{ config: 'a', mode: 'infer', engine: 'wasm', batch: 4, input: 32, trials: 3 },
        ...{ minMs: 10, medianMs: 12, meanMs: 14, sdMs: Math.sqrt(28), msPerSample: 3 },
        ...{ relativePercent: 100, theoryPercent: 100, peakMemoryMb: 100 },
      },
      {
        ...{ config: 'b', mode: 'infer', engine: 'wasm', batch: 4, input: 32, trials: 3 },
        ...{ minMs: 5, medianMs: 7, meanMs: 7, sdMs: 2, msPerSample: 7 / 4 },
        ...{ relativePercent: 100 * (7 / 12), theoryPercent: 75, peakMemoryMb: 101 },
      },
    ]);
    expect(done).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
  });

  it('compares the time of an image where configs take different numbers of them', async () => {
    const children = new FakeChildren(() => 10);
    const { rows } = await benchmark([entry('a', 4, 4), entry('b', 8, 8)], {
      trials: 1,
      open: children.open,
    });
    expect(rows.map(({ relativePercent }) => relativePercent)).toEqual([100, 50]);
    expect(rows[0].sdMs).toBeNull();
  });

  it('goes on without a config that fails, and compares to the first that did not', async () => {
    const error = runFailed('E_TEST', { what: 'out of memory' });
    const children = new FakeChildren((child, nth) => (child === 0 && nth === 3 ? error : 8));
    const { rows, failures } = await benchmark([entry('a', 4, 4), entry('b', 4, 4), entry('c', 4, 4)], {
      trials: 4,
      open: children.open,
    });
    expect(failures).toEqual([{ config: 'a', error }]);
    expect(children.killed).toContain(0);
    expect(children.calls.filter((call) => call === '0:4')).toHaveLength(4);
    expect(rows.map(({ config, trials }) => [config, trials])).toEqual([
      ['b', 4],
      ['c', 4],
    ]);
    expect(rows.map(({ theoryPercent }) => theoryPercent)).toEqual([100, 100 * (500 / 750)]);
  });

  it('stops when nothing is left to measure', async () => {
    const children = new FakeChildren(() => runFailed('E_TEST', { what: 'no' }));
    const { rows, failures } = await benchmark([entry('a', 4, 4)], { trials: 1000, open: children.open });
    expect([rows.length, failures.length, children.calls.length]).toEqual([0, 1, 1]);
  });

  it('ends its children when it is interrupted', async () => {
    const stop = new AbortController();
    const children = new FakeChildren((_, nth) => {
      if (nth === 1) stop.abort();
      return 1;
    });
    const measured = benchmark([entry('a', 1, 1), entry('b', 1, 1)], {
      trials: 20,
      open: children.open,
      signal: stop.signal,
    });
    await expect(measured).rejects.toThrow('aborted');
    expect([...children.killed]).toEqual([0, 1]);
    expect(children.calls).toHaveLength(3);
  });

  it('judges each way of sharing a config by the others of it, and names it where it fails', async () => {
    const way = (workers: number, place: number): BenchEntry => {
      const experiment = { data: { inputSize: 32 }, train: { workers } } as unknown as Experiment;
      return { config: 'a', place, task: { experiment, mode: 'train', classes: 6 }, batch: 4, samples: 6 };
    };
    const error = runFailed('E_TEST', { what: 'a worker is gone' });
    const times = [12, { ms: 4, sumMs: 1 }, error, 24];
    const children = new FakeChildren((child) => times[child]);
    const { rows, failures } = await benchmark([way(1, 0), way(2, 0), way(2, 1), way(1, 1)], {
      trials: 2,
      open: children.open,
    });
    // Two batches a trial.
    expect(rows.map(({ workers, sumMs }) => [workers, sumMs])).toEqual([
      [1, null],
      [2, 2],
      [1, null],
    ]);
    expect(rows.map((each) => each.efficiencyOneThreadPercent)).toEqual([100, 150, 100]);
    expect(failures).toEqual([{ config: 'a (2 workers)', error }]);
  });
});

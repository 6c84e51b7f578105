import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { isFinished, readOutcome } from './outcome.js';
import type { SweepJob } from './plan.js';
import { pretendRun, SweepFolder } from './testing.js';

let folder: SweepFolder;
let job: SweepJob;
beforeEach(() => {
  folder = new SweepFolder();
  [job] = folder.plan({ name: 's', base: 'base.json' }).jobs;
});
afterEach(() => folder.remove());

describe('a run', () => {
  it.each([
    ['done', true],
    ['plateau', true],
    ['diverged', false],
    ['interrupted', false],
  ] as const)('that ended as %s is finished: %s', async (outcome, expected) => {
    pretendRun(job, outcome);
    expect(await isFinished(job.dir)).toBe(expected);
    expect((await readOutcome(job.dir))?.summary.outcome).toBe(outcome);
  });

  it('that goes on, or of which there is nothing, is not', async () => {
    expect(await isFinished(job.dir)).toBe(false);
    expect(await readOutcome(job.dir)).toBeUndefined();
    pretendRun(job);
    expect(await isFinished(job.dir)).toBe(false);
    expect(await readOutcome(job.dir)).toBeUndefined();
  });

  it('is not where only its summary is left', async () => {
    pretendRun(job, 'done');
    rmSync(join(job.dir, 'config.yaml'));
    expect(await isFinished(job.dir)).toBe(false);
  });

  it.each(['summary.json', 'environment.json'])(
    'is not where its %s is damaged, which it tells itself',
    async (name) => {
      pretendRun(job, 'done');
      writeFileSync(join(job.dir, name), '{"outcome":');
      expect(await readOutcome(job.dir)).toBeUndefined();
      expect(await isFinished(job.dir)).toBe(false);
    },
  );

  it('says nothing of a summary that cannot be read, and lets an error through that is no file’s', async () => {
    pretendRun(job);
    mkdirSync(join(job.dir, 'summary.json'));
    expect(await readOutcome(job.dir)).toBeUndefined();
    await expect(readOutcome('no\0path')).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });

  it('says what is measured of it; an older one measured what a classifier does', async () => {
    pretendRun(job, 'done');
    expect((await readOutcome(job.dir))?.measured).toEqual(classificationMetrics);
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimsOf } from './claims.js';
import { SweepFolder } from './testing.js';

const claim = { says: 'It helps.', config: 'b', above: 'a' };
const sweep = {
  name: 'claimed',
  base: 'base.json',
  list: [
    { name: 'a', set: {} },
    { name: 'b', set: { 'train.batchSize': 4 } },
  ],
};

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
});
afterAll(() => folder.remove());

describe('claims of a sweep file', () => {
  it('may speak of its jobs', () => {
    const { source } = folder.plan({ ...sweep, claims: [claim] });
    expect(source.sweep.claims).toEqual([{ ...claim, source: '', measure: 'best' }]);
  });

  it('are refused where they speak of others, all at once', () => {
    const claims = [
      { ...claim, above: 'aa' },
      { ...claim, config: 'something-else' },
      { says: 'Alike.', config: 'a', near: 'bb', within: 0.01 },
    ];
    expect(() => folder.plan({ ...sweep, claims })).toThrow(
      expect.objectContaining({
        code: 'E_SWEEP_INVALID',
        problems: [
          expect.objectContaining({
            what: 'a claim speaks of "aa", which is no job of this sweep',
            where: expect.stringContaining('claims[0].above') as string,
            try: 'did you mean "a"?',
          }),
          expect.objectContaining({
            what: 'a claim speaks of "something-else", which is no job of this sweep',
            try: 'the jobs are a, b',
          }),
          expect.objectContaining({
            where: expect.stringContaining('claims[2].near') as string,
            try: 'did you mean "b"?',
          }),
        ],
      }),
    );
  });
});

describe('the claims that go with a report', () => {
  it('are those of the file named, of the copy in the folder named, or of runs/<name>', async () => {
    folder.write('claimed.json', { ...sweep, claims: [claim] });
    mkdirSync(join(folder.path, 'runs/claimed'), { recursive: true });
    folder.write('runs/claimed/sweep.json', { ...sweep, claims: [{ ...claim, says: 'It did.' }] });
    const says = async (target: string): Promise<string[]> =>
      (await claimsOf(target, folder.path)).map((each) => each.says);
    expect(await says('claimed.json')).toEqual(['It helps.']);
    expect(await says('runs/claimed')).toEqual(['It did.']);
    expect(await says('claimed')).toEqual(['It did.']);
  });

  it('are none where a config, a folder without a sweep or nothing is named', async () => {
    expect(await claimsOf('base.json', folder.path)).toEqual([]);
    expect(await claimsOf('.', folder.path)).toEqual([]);
    expect(await claimsOf('nothing', folder.path)).toEqual([]);
  });

  it('are refused in a sweep file that does not fit', async () => {
    folder.write('bad.json', { ...sweep, claims: [{ ...claim, abov: 'a' }] });
    await expect(claimsOf('bad.json', folder.path)).rejects.toMatchObject({ code: 'E_SWEEP_INVALID' });
  });
});

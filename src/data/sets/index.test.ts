import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { count } from '../../util/schema-parts.js';
import { openSource } from '../open-source.js';
import { dataConfig } from '../sample-data.testing.js';
import { dataSet, dataSetNames, dataSets, knownClasses, ownFolders, standIn } from './index.js';

describe('the data sets', () => {
  it('have names of their own, and so do their options', () => {
    expect(new Set(dataSetNames).size).toBe(dataSets.length);
    const keys = dataSets.flatMap((set) => Object.keys(set.options?.({ z, count }) ?? {}));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(dataSetNames)('%s is declared whole', (name) => {
    const set = dataSet(name);
    expect(set.name).toBe(name);
    const classes = knownClasses({ name });
    if (classes !== null) expect(new Set(classes).size).toBe(classes.length);
    const options: Record<string, z.ZodType> = set.options?.({ z, count }) ?? {};
    for (const option of Object.values(options)) {
      expect(option.safeParse(undefined).success).toBe(true);
    }
    for (const { url, sha256 } of set.fetch?.files ?? []) {
      expect(url).toMatch(/^https?:\/\//);
      expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
    }
    // Nothing fetched lies behind a login without a page that says where.
    if (set.fetch?.login != null) expect(set.page).not.toBeNull();
  });

  it('take what is drawn in the place of what is absent', async () => {
    expect(standIn.drawn).toBe(true);
    const source = await openSource(dataConfig({ name: standIn.name, dir: 'nowhere' }));
    expect(source.classes).toEqual(standIn.classes);
    expect([source.train.count, source.test.count]).toEqual([standIn.images!.train, standIn.images!.test]);
    expect(source.notes).toEqual(['data.dir has no effect: scenes are drawn, not read']);
  });

  it('leave the classes of the user’s own folders to the folders', () => {
    expect(ownFolders.classes).toBeNull();
    expect(ownFolders.fetch).toBeNull();
  });

  it('are each in the table of datasets/README.md', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../datasets/README.md'), 'utf8');
    for (const name of dataSetNames) expect(readme).toContain(`\n| \`${name}\` |`);
  });
});

import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../util/refusal.testing.js';
import { temporaryFolder, writeText } from '../../sample-data.testing.js';
import { openImageFolder } from './open.js';

/** Two classes in each of these folders, with so many images each. */
async function folder(counts: Readonly<Record<string, number>>): Promise<string> {
  const dir = temporaryFolder();
  for (const [split, count] of Object.entries(counts)) {
    for (const name of ['cat', 'dog'])
      for (let i = 0; i < count; i++) await writeText(join(dir, split, name, `${i}.png`), 'x');
  }
  return dir;
}

describe('openImageFolder', () => {
  it.each(['validation', 'val', 'valid', 'dev'])(
    'takes %s/ as the third split, and alone as the test set',
    async (name) => {
      const three = await openImageFolder(await folder({ train: 3, test: 1, [name]: 2 }));
      expect([three.train.count, three.test.count, three.validation?.count]).toEqual([6, 2, 4]);
      expect(three.notes).toEqual([]);
      const dir = await folder({ train: 3, [name]: 2 });
      const two = await openImageFolder(dir);
      expect([two.train.count, two.test.count, two.validation]).toEqual([6, 4, undefined]);
      expect(two.notes).toEqual([`test: the folder ${join(dir, name)}`]);
    },
  );

  it('refuses two of them', async () => {
    const error = await refusal(openImageFolder(await folder({ train: 1, test: 1, val: 1, valid: 1 })));
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe(
      'val/ and valid/ stand beside train/: which one is the validation set cannot be told',
    );
  });

  it('names what it leaves aside', async () => {
    const dir = await folder({ train: 1, test: 1 });
    for (const name of ['dev/notes', 'valid', 'unlabelled', '.git', '__MACOSX'])
      mkdirSync(join(dir, name), { recursive: true });
    const { validation, notes } = await openImageFolder(dir);
    expect(validation).toBeUndefined();
    expect(notes).toEqual(['not used, beside train/: dev/, unlabelled/, valid/']);
  });

  it('names a file that is called as a split is', async () => {
    const dir = await folder({ train: 1, test: 1 });
    for (const name of ['valid', 'README', 'labels.csv']) await writeText(join(dir, name), 'x');
    const { validation, notes } = await openImageFolder(dir);
    expect(validation).toBeUndefined();
    expect(notes).toEqual(['not used, beside train/: valid is a file, no folder']);
    mkdirSync(join(dir, 'more'));
    await writeText(join(dir, 'val'), 'x');
    expect((await openImageFolder(dir)).notes).toEqual([
      'not used, beside train/: more/',
      'not used, beside train/: val and valid are files, no folders',
    ]);
  });

  it('says so where that is the split that is missing', async () => {
    const alone = await folder({ train: 1 });
    await writeText(join(alone, 'test'), 'x');
    expect((await refusal(openImageFolder(alone))).message).toBe(
      'the data folder has train/ but neither test/ nor val/ nor validation/; test is a file, no folder',
    );
    const untrained = await folder({ test: 1 });
    await writeText(join(untrained, 'train'), 'x');
    expect((await refusal(openImageFolder(untrained))).message).toBe(
      'no folder train/ in the data folder; it holds test/; train is a file, no folder',
    );
  });

  it('says what is there instead of train/', async () => {
    const error = await refusal(openImageFolder(await folder({ Train: 1, Test: 1 })));
    expect(error.message).toBe('no folder train/ in the data folder; it holds Test/, Train/');
  });

  it('refuses a split that is a link to nowhere', async () => {
    const dir = await folder({ train: 1, test: 1 });
    symlinkSync('/nowhere', join(dir, 'val'));
    expect((await refusal(openImageFolder(dir))).problems).toEqual([
      expect.objectContaining({
        what: 'a link to nowhere where a folder of images is expected',
        where: join(dir, 'val'),
      }),
    ]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runPaths } from '../run-paths.js';
import { readConfusion } from './confusion-csv.js';

const dir = mkdtempSync(join(tmpdir(), 'involve-confusion-'));
afterAll(() => rmSync(dir, { recursive: true }));
const write = (...lines: string[]): void => writeFileSync(runPaths(dir).confusion, `${lines.join('\n')}\n`);

it('is not there before it was written', async () => {
  expect(await readConfusion(dir, ['a', 'b'])).toBeUndefined();
});

it('has the counts of each class, whatever the classes are called, and of images that were taken for none', async () => {
  write('actual,"a,7",b,none', '"a,7",3,1,2', 'b,0,5,0');
  const [a, b] = (await readConfusion(dir, ['a,7', 'b']))!.perClass();
  expect(a).toMatchObject({ name: 'a,7', images: 6, recall: 0.5, precision: 1 });
  expect(b).toMatchObject({ name: 'b', images: 5, recall: 1, precision: 5 / 6 });
});

it.each([
  [['actual,a,b', 'a,1,0'], 2, 'a row is missing'],
  [['actual,a,b', 'a,1,0', 'b,0,1', 'c,1,1'], 2, 'a row is too many'],
  [['actual,a,b', 'a,1,0', 'b,0'], 3, 'a row is cut short'],
  [['actual,a,b', 'a,1,0', 'b'], 3, 'a row has no counts'],
  [['actual,a,b', 'a,1,x', 'b,0,1'], 2, 'a count is none'],
])('%j is damaged', async (lines, line) => {
  write(...lines);
  await expect(readConfusion(dir, ['a', 'b'])).rejects.toMatchObject({
    code: 'E_CONFUSION_DAMAGED',
    problems: [{ where: `${runPaths(dir).confusion}:${line}` }],
  });
});

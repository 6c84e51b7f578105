import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { refusalOf } from '../../../util/refusal.testing.js';
import { temporaryFolder } from '../../sample-data.testing.js';
import { readClassNames } from './class-names.js';

const KEY = 'data.labelFile.classes';

/** The names in a file of this text. */
function names(text: string, given: string | null = null): string[] | null {
  const dir = temporaryFolder();
  writeFileSync(join(dir, given ?? 'classes.txt'), text);
  return readClassNames(dir, given, KEY);
}

it('are the lines, without what is around them and behind the last', () => {
  expect(names('\ufeffdog\r\n two words \ncat\n\n \n')).toEqual(['dog', 'two words', 'cat']);
  expect(names('dog\ncat', 'names.txt')).toEqual(['dog', 'cat']);
});

it('are none where there is no such file and none was asked for', () => {
  const dir = temporaryFolder();
  expect(readClassNames(dir, null, KEY)).toBeNull();
  expect(refusalOf(() => readClassNames(dir, 'names.txt', KEY)).exitCode).toBe(2);
  // Something else is in its place: that is told.
  mkdirSync(join(dir, 'classes.txt'));
  expect(refusalOf(() => readClassNames(dir, null, KEY)).problems).toEqual([
    {
      what: 'the list of classes cannot be read: it is a folder, and a file is needed (EISDIR)',
      where: join(dir, 'classes.txt'),
      try: 'give the folder another name',
    },
  ]);
});

it('have a name each, and each once', () => {
  const problems = refusalOf(() => names('dog\n\ncat\ndog\n')).problems;
  expect(problems.map(({ what, where }) => `${what} @ ${where?.replace(/^.*:/, '')}`)).toEqual([
    'a class without a name @ 2',
    'the class dog stands in line 1 already @ 4',
  ]);
});

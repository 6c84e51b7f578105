import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reading } from '../../read-problem.js';
import { badInput } from '../../../util/errors.js';

/** The file of the classes that is taken where the config names none. */
const usual = 'classes.txt';

/**
 * The classes in the order of their labels, one a line; null where there is no such file and none was asked for.
 * @param given name of the file below `dir`, if the config says so
 * @param key of the config that says so
 */
export function readClassNames(dir: string, given: string | null, key: string): string[] | null {
  const path = join(dir, given ?? usual);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (given === null && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    return reading('the list of classes', path, () => {
      throw error;
    });
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const names = lines.map((line) => line.trim());
  const problems = names.flatMap((name, i) => {
    const first = names.indexOf(name);
    const where = `${path}:${i + 1}`;
    if (name === '') return [{ what: 'a class without a name', where, try: 'remove the empty line' }];
    return first < i
      ? [
          {
            what: `the class ${name} stands in line ${first + 1} already`,
            where,
            try: 'remove one of the two',
          },
        ]
      : [];
  });
  if (names.length < 2) {
    problems.push({
      what: `expected at least two classes, one a line, but found ${names.length}`,
      where: path,
      try:
        given === null ? `complete the list, or remove it: labels then tell the classes` : `correct ${key}`,
    });
  }
  if (problems.length > 0) throw badInput('E_DATA_CLASSES', problems);
  return names;
}

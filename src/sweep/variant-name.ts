import { createHash } from 'node:crypto';
import type { ConfigPath } from '../config/located.js';

/** Longer names would not fit a folder's name on every disk. */
const LONGEST = 100;

/**
 * How each path is called in the names of jobs: by its last word, with as many words before it as it
 * takes to tell it from the others. `model.alpha` is `alpha`, beside `train.alpha` it is `model-alpha`.
 */
export function shortPaths(paths: readonly ConfigPath[]): string[] {
  return paths.map((path) => {
    const others = paths.filter((other) => other !== path);
    for (let words = 1; words < path.length; words++) {
      const tail = path.slice(-words);
      // An index says nothing without the list.
      if (typeof tail[0] === 'number') continue;
      if (!others.some((other) => other.slice(-words).join('.') === tail.join('.'))) return tail.join('-');
    }
    return path.join('-');
  });
}

/** A value in the name of a job: `0.5`, `adamw`, `7-8`; an object by its values. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join('-');
  if (typeof value === 'object') return valueText(Object.values(value));
  return String(value);
}

/** Letters, digits, dot, dash and underscore of a text, beginning with a letter or a digit. */
export function slug(text: string): string {
  const kept = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  if (kept === '') return `x${hash(text)}`;
  return kept.length <= LONGEST ? kept : `${kept.slice(0, LONGEST - 9)}-${hash(text)}`;
}

/**
 * Makes names unique, the first of equal ones as it is: the others get a few characters that depend on
 * what they stand for alone, so that a name stays when others are added.
 *
 * @param keys what each name stands for; no two are equal
 */
export function uniqueNames(names: readonly string[], keys: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name, i) => {
    // File systems that ignore case are common.
    const unique = taken.has(name.toLowerCase()) ? `${name}-${hash(keys[i])}` : name;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

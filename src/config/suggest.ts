import { z } from 'zod';
import { closestString } from '../util/closest-string.js';
import { describeWanted } from './describe.js';
import { spacedKey } from './glued-key.js';
import { childOf, pathText, toPlain, type ConfigPath, type Located } from './located.js';
import { meaningOf } from './meanings.js';
import { allPaths, choiceOf, chosen, knownKeys, schemaAt, shapeOf, type Schema } from './schema-walk.js';

/**
 * What to do about a key that is not known here: the key of another option of the choice, the key that
 * was meant, by its spelling or by what other tools mean by it, the place where it belongs, or the keys there are.
 *
 * @param root the schema of the whole config
 * @param config the whole config
 * @param here the schema of the map which has the key
 * @param node that map
 * @param path where that map stands
 */
export function suggestKey(
  root: Schema,
  config: Located,
  here: Schema,
  node: Located | undefined,
  path: ConfigPath,
  key: string,
): string {
  const spaced = node && childOf(node, key);
  if (spaced?.kind === 'scalar' && spaced.value === null) {
    const written = spacedKey(key);
    if (written !== undefined) return written;
  }
  const ending = (paths: readonly string[]): string[] => paths.filter((each) => each.endsWith(`.${key}`));
  const below = (paths: readonly string[]): string[] =>
    paths.filter((each) => each.startsWith(`${pathText(path)}.`));
  // In a part of what stands here, and not in a part of a part.
  const isNear = (each: string): boolean => each.split('.').length <= path.length + 2;
  // What this config can have, with the family it names, comes before what others could.
  const possible = ending(allPaths(root, config));
  const choice = choiceOf(here);
  if (choice !== undefined && chosen(choice, node) !== undefined && !below(possible).some(isNear)) {
    const others = choice.options.filter(({ schema }) => Object.hasOwn(shapeOf(schema)!, key));
    if (others.length > 0) {
      const values = others.flatMap((other) => other.values);
      return `"${key}" needs ${choice.discriminator}: ${values.join(' or ')}; or remove it`;
    }
  }
  const known = knownKeys(here, node);
  const meant = closestKey(key, known);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  const all = allPaths(root);
  const meaning = meaningOf(all, key);
  if (meaning !== undefined && 'instead' in meaning) return meaning.instead;
  const elsewhere = ending(all);
  const candidates = [
    meaning?.isOfOthers === true ? meaning.paths : [],
    below(possible),
    below(elsewhere),
    possible,
    elsewhere,
    meaning?.paths ?? [],
  ];
  const offered = nearRoot(candidates.find((paths) => paths.length > 0) ?? []).slice(0, 3);
  if (offered.length > 0) {
    const given = node && childOf(node, key);
    const taken =
      offered.length === 1 && given !== undefined ? otherwiseTaken(root, offered[0], given) : undefined;
    if (taken !== undefined) return `did you mean "${offered[0]}"? It takes ${taken}`;
    return `did you mean ${offered.map((each) => `"${each}"`).join(' or ')}?`;
  }
  return known.length === 0 ? 'remove it; there are no keys here' : `known keys: ${known.join(', ')}`;
}

/** What belongs at a path, where a value that stands elsewhere would be refused there. */
function otherwiseTaken(root: Schema, path: string, given: Located): string | undefined {
  const schema = schemaAt(root, path);
  const parent = schemaAt(root, path.slice(0, path.lastIndexOf('.')));
  const tellsOption = parent && choiceOf(parent)?.discriminator === path.slice(path.lastIndexOf('.') + 1);
  const isTaken = schema === undefined || tellsOption || z.safeParse(schema, toPlain(given)).success;
  return isTaken ? undefined : describeWanted(schema);
}

/** The places that are no deeper than the least deep of them: a part of a part is seldom what was meant. */
function nearRoot(paths: readonly string[]): readonly string[] {
  const depth = (path: string): number => path.split('.').length;
  const least = Math.min(...paths.map(depth));
  return paths.filter((path) => depth(path) === least);
}

/** The word that was meant: near in spelling, or the only one which it begins. */
export function closestKey(key: string, known: readonly string[]): string | undefined {
  const begun = known.filter((each) => key.length > 1 && each.toLowerCase().startsWith(key.toLowerCase()));
  return closestString(key, known) ?? (begun.length === 1 ? begun[0] : undefined);
}

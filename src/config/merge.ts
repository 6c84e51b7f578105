import { badInput } from '../util/errors.js';
import {
  childOf,
  fromPlain,
  pathText,
  toPlain,
  type ConfigPath,
  type Located,
  type LocatedMap,
} from './located.js';
import { childSchema, chosen, choiceOf, defaultOf, definition, unwrap, type Schema } from './schema-walk.js';

/** Keys of which a config gives exactly one: giving one takes the other back. */
const ALTERNATIVES = { at: 'train', keys: ['epochs', 'steps'] } as const;
/** A folder belongs to its data set: naming another set goes back to that set's own folder. */
const BELONGS = { at: 'data', owner: 'name', key: 'dir' } as const;

/**
 * A config laid over another: maps are merged, everything else is replaced. So that nothing of the base
 * stays behind where it means something else,
 * - an object whose discriminator changes (`type`, `name`, `family`) replaces that of the base,
 * - a value that may take one of several forms (`{ epochs }` or `{ steps }`) is replaced as a whole,
 * - giving one of `train.epochs` and `train.steps` takes the other back,
 * - another `data.name` takes `data.dir` back.
 */
export function merge(
  schema: Schema | undefined,
  base: Located | undefined,
  over: Located,
  path: ConfigPath = [],
): Located {
  if (base?.kind !== 'map' || over.kind !== 'map' || !mergeable(schema, base, over)) return over;
  const entries = new Map(base.entries);
  for (const key of takenBack(base, over, path)) entries.delete(key);
  const kind = schema && over.entries.has(choiceOf(schema)?.discriminator ?? '') ? over : base;
  for (const [key, value] of over.entries) {
    const child = schema && childSchema(schema, key, kind);
    entries.set(key, merge(child, entries.get(key), value, [...path, key]));
  }
  return { kind: 'map', entries, origin: over.origin };
}

/**
 * One value laid over a config, at any path. What the path leads through is made as its default says.
 *
 * @throws InvolveError E_CONFIG_INDEX for a list index beyond the end
 */
export function assign(
  schema: Schema,
  node: Located | undefined,
  path: ConfigPath,
  value: Located,
  done: ConfigPath = [],
): Located {
  if (path.length === 0) return merge(schema, node, value, done);
  const [key, ...rest] = path;
  if (node?.kind === 'list') {
    const index = Number(key);
    if (index > node.items.length) {
      throw badInput('E_CONFIG_INDEX', {
        what: `${pathText(done)} has ${node.items.length} items, there is no [${index}]`,
      });
    }
    const items = [...node.items];
    items[index] = assign(childSchema(schema, key, node)!, items[index], rest, value, [...done, index]);
    return { ...node, items };
  }
  const base = node?.kind === 'map' ? node : made(schema, node, value);
  if (rest.length === 0) {
    const over = new Map([[String(key), value]]);
    return merge(schema, base, { kind: 'map', entries: over, origin: value.origin }, done);
  }
  const child = assign(childSchema(schema, key, base)!, childOf(base, key), rest, value, [...done, key]);
  const standsFor = definition(unwrap(schema)).type === 'union' && choiceOf(schema) === undefined;
  // One form of several: what stood there may be another form, so only the new key stays.
  const entries = new Map(standsFor ? [] : base.entries).set(String(key), child);
  return { kind: 'map', entries, origin: base.origin };
}

/** Is `key` of the map at `path` one on which the meaning of its neighbours depends? */
export function decides(schema: Schema, key: string | number, path: ConfigPath): boolean {
  return choiceOf(schema)?.discriminator === key || (pathText(path) === BELONGS.at && key === BELONGS.owner);
}

// --- internal ---

function mergeable(schema: Schema | undefined, base: LocatedMap, over: LocatedMap): boolean {
  if (schema === undefined) return true;
  const choice = choiceOf(schema);
  if (choice === undefined) return definition(unwrap(schema)).type !== 'union';
  return !over.entries.has(choice.discriminator) || chosen(choice, base) === chosen(choice, over);
}

function takenBack(base: LocatedMap, over: LocatedMap, path: ConfigPath): string[] {
  const at = pathText(path);
  const gives = (key: string): boolean => over.entries.has(key) && !isNull(over.entries.get(key)!);
  if (at === ALTERNATIVES.at) {
    const [a, b] = ALTERNATIVES.keys;
    if (gives(a) && !over.entries.has(b)) return [b];
    if (gives(b) && !over.entries.has(a)) return [a];
  }
  if (at === BELONGS.at && gives(BELONGS.owner) && !over.entries.has(BELONGS.key)) {
    const [before, after] = [base, over].map((map) => map.entries.get(BELONGS.owner));
    if (before !== undefined && toPlain(before) !== toPlain(after!)) return [BELONGS.key];
  }
  return [];
}

function isNull(node: Located): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** A map where none was given: the default, if that is a map. An explicit null starts empty. */
function made(schema: Schema, node: Located | undefined, value: Located): LocatedMap {
  const standard = node === undefined ? fromPlain(defaultOf(schema), value.origin) : undefined;
  return standard?.kind === 'map' ? standard : { kind: 'map', entries: new Map(), origin: value.origin };
}

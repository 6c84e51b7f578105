import {
  childOf,
  fromPlain,
  pathText,
  toPlain,
  type ConfigPath,
  type Located,
  type LocatedMap,
  type Origin,
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
 * One value laid over a config, at any path of the schema. What the path leads through and is not there
 * is made as its default says.
 */
export function assign(
  schema: Schema,
  node: Located | undefined,
  path: ConfigPath,
  value: Located,
  done: ConfigPath = [],
): Located {
  const base = orDefault(schema, node, value.origin);
  if (path.length === 0) return merge(schema, base, value, done);
  const [key, ...rest] = path;
  const child = (): Located =>
    assign(childSchema(schema, key, base)!, base && childOf(base, key), rest, value, [...done, key]);
  if (isListSchema(schema)) {
    const items = base?.kind === 'list' ? [...base.items] : [];
    items[Number(key)] = child();
    return { kind: 'list', items, origin: value.origin };
  }
  const map: LocatedMap = base?.kind === 'map' ? base : emptyMap(value.origin);
  if (rest.length === 0) {
    return merge(
      schema,
      map,
      { ...emptyMap(value.origin), entries: new Map([[String(key), child()]]) },
      done,
    );
  }
  // Of a value in one of several forms only the new key stays: what stood there may be another form.
  const kept = isFormsSchema(schema) ? [] : map.entries;
  return { ...map, entries: new Map(kept).set(String(key), child()) };
}

/** The value, or the default that stands for it. */
export function orDefault(schema: Schema, node: Located | undefined, origin: Origin): Located | undefined {
  const standard = node === undefined ? defaultOf(schema) : undefined;
  return standard === undefined ? node : fromPlain(standard, origin);
}

/** Is `key` of the map at `path` one on which the meaning of its neighbours depends? */
export function decides(schema: Schema, key: string | number, path: ConfigPath): boolean {
  return choiceOf(schema)?.discriminator === key || (pathText(path) === BELONGS.at && key === BELONGS.owner);
}

// --- internal ---

function mergeable(schema: Schema | undefined, base: LocatedMap, over: LocatedMap): boolean {
  if (schema === undefined) return true;
  const choice = choiceOf(schema);
  if (choice === undefined) return !isFormsSchema(schema);
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

/**
 * One of several forms, such as `{ epochs }` or `{ steps }`, which no key tells apart. A number that may be a map too,
 * such as `{ from, to }`, has one form of a map alone.
 */
function isFormsSchema(schema: Schema): boolean {
  const def = definition(unwrap(schema));
  if (def.type !== 'union' || choiceOf(schema) !== undefined) return false;
  return def.options.filter((option) => definition(unwrap(option)).type === 'object').length > 1;
}

function isListSchema(schema: Schema): boolean {
  return ['array', 'tuple'].includes(definition(unwrap(schema)).type);
}

function emptyMap(origin: Origin): LocatedMap {
  return { kind: 'map', entries: new Map(), origin };
}

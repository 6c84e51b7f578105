import { renamedKeysOf, type RenamedKey } from '../util/schema-parts.js';
import {
  fromPlain,
  pathText,
  toPlain,
  whereText,
  type ConfigPath,
  type Located,
  type LocatedMap,
} from './located.js';
import { orDefault } from './merge.js';
import { childSchema, choiceOf, chosen, defaultOf, unwrap, type Schema } from './schema-walk.js';

/** A config under the names that keys have now. */
export interface Renamed {
  readonly node: Located;
  /** A sentence for each key that had another name. */
  readonly notes: readonly string[];
}

/**
 * Gives keys of older configs the names and the values they have now. Where a file leaves open which operator or family
 * it speaks of, a key is renamed that none of them knows; after it has been merged with what it extends it is told again.
 */
export function renameKeys(schema: Schema, node: Located, path: ConfigPath = []): Renamed {
  if (node.kind !== 'map') return { node, notes: [] };
  const notes: string[] = [];
  let map = node;
  for (const [key, value] of node.entries) {
    const rule = ruleFor(schema, map, key);
    if (rule === undefined) continue;
    const old = toPlain(value);
    const now = rule.value ? rule.value(old) : old;
    if (now === old && rule.to === key) continue;
    map = without(map, key);
    if (now !== undefined) map = withValue(schema, map, rule.to.split('.'), fromPlain(now, value.origin));
    notes.push(renamedNote(whereText(value.origin, [...path, key]), [...path, ...rule.to.split('.')], now));
  }
  const entries = new Map<string, Located>();
  for (const [key, value] of map.entries) {
    const child = childSchema(schema, key, map);
    const below = child ? renameKeys(child, value, [...path, key]) : { node: value, notes: [] };
    entries.set(key, below.node);
    notes.push(...below.notes);
  }
  return { node: { ...map, entries }, notes };
}

/**
 * A path that leads to a key which has another name now, and the value as it is written now.
 * @param value asked for only where there is such a key
 */
export function renamePath(
  schema: Schema,
  node: Located | undefined,
  path: ConfigPath,
  value: () => unknown,
): { readonly path: ConfigPath; readonly value: unknown } | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  const here = orDefault(schema, node, NOWHERE);
  const map = here?.kind === 'map' ? here : undefined;
  const rule = childSchema(schema, key, map) === undefined ? ruleFor(schema, map, String(key)) : undefined;
  if (rule !== undefined) {
    const old = value();
    const now = rest.length === 0 && rule.value ? rule.value(old) : old;
    return { path: [...rule.to.split('.'), ...rest], value: now };
  }
  const child = childSchema(schema, key, map);
  const below = child && renamePath(child, map?.entries.get(String(key)), rest, value);
  return below && { path: [key, ...below.path], value: below.value };
}

/** What to tell whoever wrote a key under the name that it had. */
export function renamedNote(where: string, to: ConfigPath, now: unknown): string {
  if (now === undefined) return `${where}: is not needed any more`;
  return `${where}: is written ${pathText(to)}: ${shown(now)} now`;
}

// --- internal ---

/** The rule for a key of a map, if it is a key of older configs. */
function ruleFor(schema: Schema, node: LocatedMap | undefined, key: string): RenamedKey | undefined {
  const whole = unwrap(schema);
  const choice = choiceOf(whole);
  if (choice === undefined) return ownRule(whole, key);
  const option = chosen(choice, node);
  if (option !== undefined) return ownRule(unwrap(option), key);
  if (childSchema(whole, key, node) !== undefined) return undefined;
  return choice.options.map((each) => ownRule(unwrap(each.schema), key)).find((rule) => rule !== undefined);
}

function ownRule(schema: Schema, key: string): RenamedKey | undefined {
  const rules = renamedKeysOf(schema);
  return Object.hasOwn(rules, key) ? rules[key] : undefined;
}

/** Of defaults, which nobody wrote. */
const NOWHERE = { flag: '' } as const;

function without(map: LocatedMap, key: string): LocatedMap {
  return { ...map, entries: new Map([...map.entries].filter(([each]) => each !== key)) };
}

/** A map with a value at a path below it; of a choice that is not there, only what it is by default is added. */
function withValue(
  schema: Schema,
  map: LocatedMap,
  [key, ...rest]: readonly string[],
  value: Located,
): LocatedMap {
  const set = (node: Located): LocatedMap => ({ ...map, entries: new Map(map.entries).set(key, node) });
  if (rest.length === 0) return set(value);
  const child = childSchema(schema, key, map)!;
  const given = map.entries.get(key);
  const inner: LocatedMap =
    given?.kind === 'map'
      ? given
      : { kind: 'map', entries: discriminator(child, value), origin: value.origin };
  return set(withValue(child, inner, rest, value));
}

function discriminator(schema: Schema, { origin }: Located): ReadonlyMap<string, Located> {
  const key = choiceOf(schema)?.discriminator;
  const standard = defaultOf(schema) as Readonly<Record<string, unknown>> | undefined;
  if (key === undefined || standard === undefined) return new Map();
  return new Map([[key, fromPlain(standard[key], origin)]]);
}

/** A value as YAML has it on one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const pairs = Object.entries(value).map(([key, each]) => `${key}: ${shown(each)}`);
  return `{ ${pairs.join(', ')} }`;
}

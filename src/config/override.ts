import type { Problem } from '../util/errors.js';
import { unknownKey } from './problems.js';
import {
  childOf,
  fromPlain,
  pathText,
  toPlain,
  type ConfigPath,
  type Located,
  type Origin,
} from './located.js';
import { renamedNote, renamePath } from './renamed.js';
import { assign, decides, orDefault } from './merge.js';
import { parseLocated } from './read/parse-located.js';
import {
  allPaths,
  childSchema,
  definition,
  isNullable,
  knownKeys,
  unwrap,
  wordsOf,
  type Schema,
} from './schema-walk.js';
import { closestString } from '../util/closest-string.js';

/** A value for a path: typed as `--set path=value`, or written in a file such as that of a sweep. */
export interface Override {
  readonly path: ConfigPath;
  /** Typed text, which the schema gives a type; or a value that has its type. */
  readonly value: { readonly text: string } | Located;
  readonly origin: Origin;
  /** What a message shows as its place: the flag, or the line and the path within that file. */
  readonly place: string;
}

type Failed = { readonly problem: Problem & { readonly code: string } };

/** `path=value` of --set; or what another flag says so, and how that was typed: messages name what was typed. */
export type GivenOverride = string | { readonly text: string; readonly flag: string };

/** What it says, and how it was typed. */
export function overrideText(given: GivenOverride): { readonly text: string; readonly flag: string } {
  return typeof given === 'string' ? { text: given, flag: `--set ${given}` } : given;
}

/** Reads `train.schedule.at[0].epochs=3`. Indices of lists may be written `.0` too. */
export function parseOverride(given: GivenOverride): Override | Failed {
  const { text, flag } = overrideText(given);
  const match = /^([^=\s]+)=(.+)$/s.exec(text);
  if (match === null) {
    return {
      problem: {
        code: 'E_SET_SYNTAX',
        what: `--set expects path=value, received ${JSON.stringify(text)}`,
        try: text.endsWith('=') ? `write ${text}null for none` : '--set train.epochs=3',
      },
    };
  }
  if (match[1] === 'extends' || match[1] === '$schema') {
    const what = `${match[1]} can be given in a file only`;
    return { problem: { code: 'E_SET_SYNTAX', what, where: flag } };
  }
  return { path: parsePath(match[1]), value: { text: match[2] }, origin: { flag }, place: flag };
}

/** `train.schedule.at[0].epochs` or `train.schedule.at.0.epochs` as a path. */
export function parsePath(text: string): ConfigPath {
  const parts = text.replace(/\[(\d+)\]/g, '.$1').split('.');
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/**
 * Lays overrides over a config. What decides the meaning of other keys (a discriminator, a data set's
 * name) goes first, outer paths before inner ones, else the order is kept: so
 * `--set model.attention.groups=2 --set model.attention.type=involution` works in either order, and of
 * two values for one path the last one counts.
 *
 * @returns the config, a problem for each override whose path is not known, and a note for each that is called
 * otherwise now
 */
export function applyOverrides(
  root: Schema,
  config: Located,
  overrides: readonly Override[],
): { config: Located; problems: Failed['problem'][]; notes: readonly string[] } {
  const problems: Failed['problem'][] = [];
  const notes: string[] = [];
  let result = config;
  for (const given of [...overrides].sort((a, b) => rank(root, a) - rank(root, b))) {
    const renamed = renameOverride(root, result, given);
    if (renamed) notes.push(renamed.note);
    const override = renamed ? renamed.override : given;
    if (override === undefined) continue;
    const place = follow(root, result, override);
    if ('problem' in place) {
      problems.push(place.problem);
      continue;
    }
    const value = 'text' in override.value ? parseValue(place.schema, override) : override.value;
    if ('problem' in value) problems.push(value.problem);
    else result = assign(root, result, override.path, value);
  }
  return { config: result, problems, notes };
}

/** A typed text as the value that --set makes of it; undefined where that is none. */
export function valueOfText(schema: Schema, text: string): unknown {
  const value = parseValue(schema, { path: [], value: { text }, origin: { flag: '--set' }, place: '--set' });
  return 'problem' in value ? undefined : toPlain(value);
}

// --- internal ---

function rank(root: Schema, { path }: Override): number {
  const parent = path
    .slice(0, -1)
    .reduce<Schema | undefined>((schema, key) => schema && childSchema(schema, key, undefined), root);
  const isFirst = parent !== undefined && decides(parent, path.at(-1)!, path.slice(0, -1));
  return path.length - (isFirst ? 0.5 : 0);
}

type Place = { readonly schema: Schema; readonly node: Located | undefined };

/** Follows the path through the schema and the values: where it leads, or the problem of the step that fails. */
function follow(root: Schema, config: Located, { origin, path, place: where }: Override): Place | Failed {
  let place: Place = { schema: root, node: config };
  for (const [depth, key] of path.entries()) {
    const { schema, node } = place;
    const child = childSchema(schema, key, node);
    if (child === undefined) return { problem: noSuchKey(root, config, where, path, depth, place) };
    const length = node?.kind === 'list' ? node.items.length : 0;
    if (isListIndex(schema, key) && Number(key) > length) {
      const what = `${pathText(path.slice(0, depth))} has ${length} items; there is no [${key}]`;
      return { problem: { code: 'E_CONFIG_INVALID', what, where } };
    }
    place = { schema: child, node: orDefault(child, node && childOf(node, key), origin) };
  }
  return place;
}

function noSuchKey(
  root: Schema,
  config: Located,
  where: string,
  path: ConfigPath,
  depth: number,
  { schema, node }: Place,
): Failed['problem'] {
  const code = 'E_CONFIG_UNKNOWN_KEY';
  const key = String(path[depth]);
  const parents = path.slice(0, depth);
  if (knownKeys(schema, node).length === 0) {
    const kind = node?.kind === 'list' ? 'list' : 'single value';
    return { code, what: `${pathText(parents)} is a ${kind}; it has no "${key}"`, where };
  }
  const { what, try: hint } = unknownKey(root, config, parents, key);
  const place = depth === 0 ? '' : ` in ${pathText(parents)}`;
  const whole = depth === 0 ? closestString(pathText(path), allPaths(root)) : undefined;
  return {
    code,
    what: `${what}${place}`,
    where,
    try: whole === undefined ? hint : `did you mean "${whole}"?`,
  };
}

function isListIndex(schema: Schema, key: string | number): boolean {
  return typeof key === 'number' && definition(unwrap(schema)).type === 'array';
}

/** An override of a key that has another name now; without an `override` where nothing is left to say. */
function renameOverride(
  root: Schema,
  config: Located,
  given: Override,
): { readonly override: Override | undefined; readonly note: string } | undefined {
  const { value, origin, path, place } = given;
  const old = (): unknown => {
    if (!('text' in value)) return toPlain(value);
    const parsed = parseText(value.text, given);
    if (!('node' in parsed)) return value.text;
    return parsed.node === undefined ? null : toPlain(parsed.node);
  };
  const now = renamePath(root, config, path, old);
  if (now === undefined) return undefined;
  const note = renamedNote(place, now.path, now.value);
  if (now.value === undefined) return { override: undefined, note };
  return { override: { ...given, path: now.path, value: fromPlain(now.value, origin) }, note };
}

/** The value of an override: text where the schema takes text, else YAML, so `[7, 8]` is a list. */
function parseValue(schema: Schema, override: Override): Located | Failed {
  const { origin } = override;
  const { text } = override.value as { readonly text: string };
  const { type } = definition(unwrap(schema));
  const takesText = type === 'string' || wordsOf(schema).length > 0;
  const isBare = !/^\s*["']/.test(text);
  if (takesText && isBare)
    return fromPlain(isNullable(schema) && text.trim() === 'null' ? null : text, origin);
  const parsed = parseText(text, override);
  if ('node' in parsed) return parsed.node ?? fromPlain(null, origin);
  // A word that YAML has another use for is a word; what begins a list or keys was meant as that.
  if (!/^\s*[[{]/.test(text)) return fromPlain(text, origin);
  return { problem: { code: 'E_SET_SYNTAX', ...parsed.problems[0] } };
}

function parseText(text: string, { origin, place }: Override): ReturnType<typeof parseLocated> {
  return parseLocated(text, { origin: () => origin, place: () => place });
}

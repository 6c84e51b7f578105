import { parseDocument } from 'yaml';
import type { Problem } from '../util/errors.js';
import { unknownKey } from './explain.js';
import { childOf, fromPlain, pathText, type ConfigPath, type Located } from './located.js';
import { assign, decides } from './merge.js';
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

/** An override `path=value` as it was typed, and the flag that shows where it came from. */
export interface Override {
  readonly flag: string;
  readonly path: ConfigPath;
  readonly text: string;
}

type Failed = { readonly problem: Problem & { readonly code: string } };

/** Reads `train.schedule.at[0].epochs=3`. Indices of lists may be written `.0` too. */
export function parseOverride(text: string): Override | Failed {
  const flag = `--set ${text}`;
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
  const path = match[1].replace(/\[(\d+)\]/g, '.$1').split('.');
  return { flag, path: path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)), text: match[2] };
}

/**
 * Lays overrides over a config. What decides the meaning of other keys (a discriminator, a data set's
 * name) goes first, outer paths before inner ones, else the order is kept: so
 * `--set model.attention.groups=2 --set model.attention.type=involution` works in either order, and of
 * two values for one path the last one counts.
 *
 * @returns the config, and a problem for each override whose path is not known
 */
export function applyOverrides(
  root: Schema,
  config: Located,
  overrides: readonly Override[],
): { config: Located; problems: Failed['problem'][] } {
  const problems: Failed['problem'][] = [];
  let result = config;
  for (const override of [...overrides].sort((a, b) => rank(root, a) - rank(root, b))) {
    const unknown = checkPath(root, result, override);
    if (unknown !== undefined) {
      problems.push(unknown);
      continue;
    }
    const schema = leafSchema(root, result, override.path);
    const value = fromPlain(parseValue(schema, override.text), { flag: override.flag });
    result = assign(root, result, override.path, value);
  }
  return { config: result, problems };
}

// --- internal ---

function rank(root: Schema, { path }: Override): number {
  const parent = path
    .slice(0, -1)
    .reduce<Schema | undefined>((schema, key) => schema && childSchema(schema, key, undefined), root);
  const isFirst = parent !== undefined && decides(parent, path.at(-1)!, path.slice(0, -1));
  return path.length - (isFirst ? 0.5 : 0);
}

/** Follows the path through the schema and the values; the problem of the first step that fails. */
function checkPath(root: Schema, config: Located, { flag, path }: Override): Failed['problem'] | undefined {
  let schema: Schema = root;
  let node: Located | undefined = config;
  for (const [depth, key] of path.entries()) {
    const child = childSchema(schema, key, node);
    if (child === undefined) {
      const parents = path.slice(0, depth);
      const full = pathText(path);
      const whole = depth === 0 ? closestString(full, allPaths(root)) : undefined;
      if (knownKeys(schema, node).length === 0) {
        const kind = node?.kind === 'list' ? 'list' : 'single value';
        const what = `${pathText(parents)} is a ${kind}; it has no "${key}"`;
        return { code: 'E_CONFIG_UNKNOWN_KEY', what, where: flag };
      }
      const { what, try: hint } = unknownKey(root, config, parents, String(key));
      const place = parents.length === 0 ? '' : ` in ${pathText(parents)}`;
      return {
        code: 'E_CONFIG_UNKNOWN_KEY',
        what: `${what}${place}`,
        where: flag,
        try: whole === undefined ? hint : `did you mean "${whole}"?`,
      };
    }
    const length: number = node?.kind === 'list' ? node.items.length : 0;
    if (typeof key === 'number' && key > length) {
      const what = `${pathText(path.slice(0, depth))} has ${length} items; there is no [${key}]`;
      return { code: 'E_CONFIG_INVALID', what, where: flag };
    }
    schema = child;
    node = node && childOf(node, key);
  }
  return undefined;
}

function leafSchema(root: Schema, config: Located, path: ConfigPath): Schema {
  let schema = root;
  let node: Located | undefined = config;
  for (const key of path) {
    schema = childSchema(schema, key, node)!;
    node = node && childOf(node, key);
  }
  return schema;
}

/** The value of an override: text where the schema takes text, else YAML, so `[7, 8]` is a list. */
function parseValue(schema: Schema, text: string): unknown {
  const { type } = definition(unwrap(schema));
  const takesText = type === 'string' || wordsOf(schema).length > 0;
  const isBare = !/^\s*["']/.test(text);
  if (takesText && isBare) return isNullable(schema) && text.trim() === 'null' ? null : text;
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  return document.errors.length > 0 ? text : document.toJS();
}

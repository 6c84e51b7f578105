import { z } from 'zod';
import { SHOWN_PROBLEMS, type Problem } from '../util/errors.js';
import { describe } from './describe.js';
import { shownValue } from '../util/shown-value.js';
import {
  childOf,
  nearest,
  shownKey,
  toPlain,
  whereText,
  type ConfigPath,
  type Located,
  type Origin,
} from './located.js';
import { meantValue } from './meant/meant-value.js';
import { otherwiseWritten } from './otherwise-written.js';
import { childSchema, choiceOf, definition, unwrap, wordsOf, type Schema } from './schema-walk.js';
import { closestKey, suggestKey } from './suggest.js';

/** A problem and the code of its kind. */
export interface ConfigProblem extends Problem {
  readonly code: 'E_CONFIG_UNKNOWN_KEY' | 'E_CONFIG_INVALID';
}

/**
 * The issues of the schema in sentences, in the order of the lines where the values were written. Those that are too
 * many to be told have no more than the schema says.
 */
export function problemsOf(
  root: Schema,
  config: Located,
  issues: readonly z.core.$ZodIssue[],
): ConfigProblem[] {
  const found = issues.flatMap((issue): Found[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code !== 'unrecognized_keys') return [{ path, issue }];
    return issue.keys.map((key) => ({ path: [...path, key], issue }));
  });
  return found
    .map((each) => ({ ...each, origin: nearest(config, each.path).origin }))
    .sort((a, b) => compareOrigins(a.origin, b.origin))
    .map(({ path, issue }, i): ConfigProblem => {
      const isUnknown = issue.code === 'unrecognized_keys';
      if (i >= SHOWN_PROBLEMS)
        return { code: isUnknown ? 'E_CONFIG_UNKNOWN_KEY' : 'E_CONFIG_INVALID', what: issue.message };
      return isUnknown
        ? unknownKey(root, config, path.slice(0, -1), String(path.at(-1)))
        : invalid(root, config, path, issue);
    });
}

/** The problem of a key that the schema does not know. */
export function unknownKey(root: Schema, config: Located, path: ConfigPath, key: string): ConfigProblem {
  const { schema, node } = descend(root, config, path);
  return {
    code: 'E_CONFIG_UNKNOWN_KEY',
    what: `unknown key "${shownKey(key)}"`,
    where: where(config, [...path, key]),
    try: schema === undefined ? undefined : suggestKey(root, config, schema, node, path, key),
  };
}

// --- internal ---

/** An issue, or one of the keys that it is about. */
interface Found {
  readonly path: ConfigPath;
  readonly issue: z.core.$ZodIssue;
}

/** By file, then by line; flags last. */
function compareOrigins(a: Origin, b: Origin): number {
  if (a.line === undefined || b.line === undefined) return Number(!a.line) - Number(!b.line);
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}

function invalid(root: Schema, config: Located, path: ConfigPath, issue: z.core.$ZodIssue): ConfigProblem {
  const { schema, node } = descend(root, config, path);
  const common = { code: 'E_CONFIG_INVALID', where: where(config, path) } as const;
  if (schema === undefined) return { ...common, what: issue.message };
  const key = String(path.at(-1) ?? '');
  if (isOurs(issue)) return { ...common, what: issue.message };
  if (node === undefined) {
    return { ...common, what: `missing key "${key}"`, try: `add "${key}": ${describe(schema)}` };
  }
  const value = toPlain(node);
  const words = allWords(schema);
  const meant =
    typeof value === 'string' ? (meantValue(value, words) ?? closestKey(value, words)) : undefined;
  return {
    ...common,
    what: `expected ${describe(schema, value)}, received ${shownValue(value)}`,
    try: meant === undefined ? otherwiseWritten(schema, value) : `did you mean "${meant}"?`,
  };
}

/** Our own sentence, from a `refine` or a message given to a check; zod's own begin as below. */
function isOurs(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' || !/^(Too (big|small)|Invalid|Unrecognized)\b/.test(issue.message);
}

function allWords(schema: Schema): string[] {
  const def = definition(unwrap(schema));
  return def.type === 'union' ? def.options.flatMap(allWords) : wordsOf(schema);
}

interface Place {
  readonly schema: Schema | undefined;
  readonly node: Located | undefined;
}

/** The schema and the value at a path. */
function descend(root: Schema, config: Located, path: ConfigPath): Place {
  return path.reduce<Place>(
    ({ schema, node }, part) => ({
      schema: schema && discriminatorSchema(schema, part, childSchema(schema, part, node)),
      node: node && childOf(node, part),
    }),
    { schema: root, node: config },
  );
}

/** A discriminator's own schema knows the words of one option only; here all are wanted. */
function discriminatorSchema(
  schema: Schema,
  key: string | number,
  child: Schema | undefined,
): Schema | undefined {
  const choice = choiceOf(schema);
  return choice?.discriminator === key ? z.enum(choice.options.flatMap((o) => o.values)) : child;
}

function where(config: Located, path: ConfigPath): string {
  return whereText(nearest(config, path).origin, path);
}

import { z } from 'zod';
import {
  choiceOf,
  definition,
  isNullable,
  shapeOf,
  takesText,
  unwrap,
  wordsOf,
  type Schema,
} from './schema-walk.js';

/**
 * What a schema accepts, in words: `a whole number above 0 or null`.
 * @param received what it was given: a limit that is hardly ever met is worth reading only beyond it
 */
export function describe(schema: Schema, received?: unknown): string {
  const text = describeInner(unwrap(schema), received);
  return isNullable(schema) ? `${text} or null` : text;
}

/** The same of a text by what it says, where the schema tells: that it is a text goes without saying. */
export function describeWanted(schema: Schema): string {
  const told = takesText(schema) ? z.globalRegistry.get(schema)?.description : undefined;
  return told === undefined
    ? describe(schema)
    : told.replace(/^./, (c) => c.toLowerCase()).replace(/\.$/, '');
}

// --- internal ---

function describeInner(schema: Schema, received: unknown): string {
  const def = definition(schema);
  switch (def.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'number':
      return describeNumber(schema, received);
    case 'enum':
    case 'literal':
      return oneOf(wordsOf(schema));
    case 'array':
      return definition(def.element).type === 'unknown'
        ? 'a list of values'
        : `a list, each item ${describe(def.element)}`;
    case 'record':
      return 'config paths and their values';
    case 'unknown':
      return 'a value';
    case 'tuple':
      return `a list of ${def.items.length} values, each ${describe(def.items[0])}`;
    case 'union':
      return describeUnion(schema, def.options, received);
    case 'object':
      return describeObject(schema, received);
    default:
      return def.type;
  }
}

function describeUnion(schema: Schema, options: readonly Schema[], received: unknown): string {
  const choice = choiceOf(schema);
  if (choice === undefined) return options.map((each) => describe(each, received)).join(' or ');
  return `keys, of which "${choice.discriminator}" is ${oneOf(choice.options.flatMap((o) => o.values))}`;
}

function describeObject(schema: Schema, received: unknown): string {
  const entries = Object.entries(shapeOf(schema)!);
  // Durations: few enough to be written out.
  if (entries.length === 1) {
    const [[key, child]] = entries;
    const inner = (received as Readonly<Record<string, unknown>> | null | undefined)?.[key];
    return `{ ${key}: ${describe(child, inner)} }`;
  }
  return `keys (${entries.map(([key]) => key).join(', ')})`;
}

function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length === 1 ? quoted[0] : `one of ${quoted.join(', ')}`;
}

/** More than anybody means to give. */
const FAR = 100_000;

function describeNumber(schema: Schema, received: unknown): string {
  const def = definition(schema);
  const isWhole = 'format' in def && def.format === 'safeint';
  const kind = isWhole ? 'a whole number' : 'a number';
  const bounds = (def.checks ?? []).map((check) => (check as z.core.$ZodChecks)._zod.def);
  const low = bounds.find((bound) => bound.check === 'greater_than');
  const high = bounds.find((bound) => bound.check === 'less_than');
  const isNear = high !== undefined && (high.value as number) < FAR;
  const isCapped =
    isNear || (high !== undefined && typeof received === 'number' && received > (high.value as number));
  if (low?.inclusive && high?.inclusive && isCapped) return `${kind} from ${low.value} to ${high.value}`;
  const limits = [
    ...(low ? [low.inclusive ? `from ${low.value} up` : `above ${low.value}`] : []),
    ...(isCapped ? [high.inclusive ? `up to ${high.value}` : `below ${high.value}`] : []),
  ];
  return limits.length === 0 ? kind : `${kind} ${limits.join(' and ')}`;
}

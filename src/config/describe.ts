import type { z } from 'zod';
import { choiceOf, definition, isNullable, shapeOf, unwrap, wordsOf, type Schema } from './schema-walk.js';

/** What a schema accepts, in words: `a whole number above 0 or null`. */
export function describe(schema: Schema): string {
  const text = describeInner(unwrap(schema));
  return isNullable(schema) ? `${text} or null` : text;
}

/** A value as a message shows it: JSON, cut short. */
export function show(value: unknown): string {
  if (typeof value === 'number') return String(value); // JSON has no NaN and no infinity
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

// --- internal ---

function describeInner(schema: Schema): string {
  const def = definition(schema);
  switch (def.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'number':
      return describeNumber(schema);
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
      return describeUnion(schema, def.options);
    case 'object':
      return describeObject(schema);
    default:
      return def.type;
  }
}

function describeUnion(schema: Schema, options: readonly Schema[]): string {
  const choice = choiceOf(schema);
  if (choice === undefined) return options.map(describe).join(' or ');
  return `keys, of which "${choice.discriminator}" is ${oneOf(choice.options.flatMap((o) => o.values))}`;
}

function describeObject(schema: Schema): string {
  const entries = Object.entries(shapeOf(schema)!);
  // Durations: few enough to be written out.
  if (entries.length === 1) return `{ ${entries[0][0]}: ${describe(entries[0][1])} }`;
  return `keys (${entries.map(([key]) => key).join(', ')})`;
}

function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length === 1 ? quoted[0] : `one of ${quoted.join(', ')}`;
}

function describeNumber(schema: Schema): string {
  const def = definition(schema);
  const isWhole = 'format' in def && def.format === 'safeint';
  const kind = isWhole ? 'a whole number' : 'a number';
  const bounds = (def.checks ?? []).map((check) => (check as z.core.$ZodChecks)._zod.def);
  const low = bounds.find((bound) => bound.check === 'greater_than');
  const high = bounds.find((bound) => bound.check === 'less_than');
  const isCapped = high !== undefined && high.value !== Number.MAX_SAFE_INTEGER;
  if (low?.inclusive && high?.inclusive && isCapped) return `${kind} from ${low.value} to ${high.value}`;
  const limits = [
    ...(low ? [low.inclusive ? `from ${low.value} up` : `above ${low.value}`] : []),
    // Up to what a double holds exactly is no limit worth reading.
    ...(isCapped ? [high.inclusive ? `up to ${high.value}` : `below ${high.value}`] : []),
  ];
  return limits.length === 0 ? kind : `${kind} ${limits.join(' and ')}`;
}

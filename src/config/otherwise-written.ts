import { z } from 'zod';
import { spacedValue } from './glued-key.js';
import { choiceOf, definition, isNullable, shapeOf, unwrap, type Schema } from './schema-walk.js';
import { closestKey } from './suggest.js';
import { takesNumbers, writtenNumber } from './meant/written-number.js';

/** What YAML reads otherwise than it was meant: "10", 10 for a text, `yes`, {name:x}, a word for keys; how to write it. */
export function otherwiseWritten(schema: Schema, value: unknown): string | undefined {
  const { type } = definition(unwrap(schema));
  if (type === 'string' && typeof value !== 'object') return `write it in quotes: "${String(value)}"`;
  const spaced = spacedValue(value);
  if (spaced !== undefined) return spaced;
  if (type === 'array' && !Array.isArray(value) && isSingle(value)) return `write a list: [${String(value)}]`;
  if (value === null && (type === 'object' || choiceOf(schema) !== undefined))
    return 'a key without a value is null: write its keys below it, or remove it';
  if (typeof value === 'number' && type === 'object') return numberFor(schema, value);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return wordFor(schema, type, value.trim());
}

/** Whether true and false are values of it, alone or beside words. */
export function takesTruth(schema: Schema): boolean {
  return z.safeParse(schema, true).success && z.safeParse(schema, false).success;
}

/** What a word says of true and false, as YAML 1.1 and flags have it. */
export function truthOf(word: string): boolean | undefined {
  if (/^(true|yes|on|1)$/i.test(word)) return true;
  return /^(false|no|off|0)$/i.test(word) ? false : undefined;
}

// --- internal ---

function isSingle(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[\w.-]{1,40}$/.test(value));
}

/** A number for what can be off: other tools turn it on by one, which is the first key here or none. */
function numberFor(schema: Schema, value: number): string | undefined {
  const [first] = Object.entries(shapeOf(schema) ?? {});
  if (first === undefined || !isNullable(schema) || !z.safeParse(first[1], value).success) return undefined;
  return `write its keys, such as { ${first[0]}: ${value} }`;
}

function wordFor(schema: Schema, type: string, word: string): string | undefined {
  const choice = choiceOf(schema);
  if (choice !== undefined) {
    const words = choice.options.flatMap(({ values }) => values);
    const meant = words.includes(word) ? word : closestKey(word, words);
    return meant && `write { ${choice.discriminator}: ${meant} }`;
  }
  const number = takesNumbers(schema) ? writtenNumber(schema, word) : undefined;
  if (number !== undefined || type === 'number') return number;
  if (!takesTruth(schema)) return undefined;
  const truth = truthOf(word);
  return truth === undefined ? undefined : truth ? 'write true' : 'write false';
}

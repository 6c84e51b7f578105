import { z } from 'zod';
import { definition, unwrap, type Schema } from '../schema-walk.js';

/** Numbers as people write them and YAML does not read them: 1_000, 1,000, 1,5. */

/** Whether a schema takes numbers, alone or beside other forms. */
export function takesNumbers(schema: Schema): boolean {
  const def = definition(unwrap(schema));
  return def.type === 'union' ? def.options.some(takesNumbers) : def.type === 'number';
}

/** How to write the number that a text stands for; undefined where the schema does not take it, or it is none. */
export function writtenNumber(schema: Schema, word: string): string | undefined {
  const fits = (digits: string): boolean => z.safeParse(schema, Number(digits)).success;
  if (YAML_NUMBER.test(word)) return fits(word) ? `write it without quotes: ${word}` : undefined;
  const digits = String(Number(word.replace(/\D/g, '')));
  const decimal = word.replace(',', '.');
  const isDecimal = DECIMAL.test(word);
  const isWhole = isDecimal ? THOUSANDS.test(word) : SEPARATED.test(word);
  const mayBeWhole = isWhole && fits(digits);
  const mayBeDecimal = isDecimal && fits(decimal);
  if (mayBeWhole && mayBeDecimal) return `write ${digits}, or a decimal point: ${decimal}`;
  if (mayBeWhole) return `write ${digits}`;
  return mayBeDecimal ? `write a decimal point: ${decimal}` : undefined;
}

// --- internal ---

/** What YAML reads as a number where it stands without quotes. */
const YAML_NUMBER = /^[-+]?(0x[\da-f]+|0o[0-7]+|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i;
const SEPARATED = /^\d[\d_,' ]*$/;
/** What may be thousands as well as a decimal comma. */
const THOUSANDS = /^[1-9]\d{0,2},\d{3}$/;
const DECIMAL = /^[-+]?\d+,\d+(e[-+]?\d+)?$/i;

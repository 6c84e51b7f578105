import { basename } from 'node:path';
import type { z } from 'zod';
import { badInput } from '../../util/errors.js';
import { readTextIfThere } from '../../util/read-text.js';

/** What a file or a line of JSON holds. */
export interface JsonRecord<Schema extends z.ZodType> {
  /** The newest version that is known, and written. Files from before there were versions are of version 0. */
  readonly version: number;
  /** Of the newest version. Keys that it does not name are kept, so that a key may be added without a new version. */
  readonly schema: Schema;
  /** Makes a record of an older version one of the newest; by default it is one already. */
  readonly upgrade?: (older: Readonly<Record<string, unknown>>, version: number) => object;
}

/**
 * Reads a file of JSON; undefined where there is none.
 * @throws InvolveError (exit code 2): E_RUN_DAMAGED with every problem, E_RUN_NEWER when a later program wrote it
 */
export async function readRecord<Schema extends z.ZodType>(
  path: string,
  kind: JsonRecord<Schema>,
): Promise<z.output<Schema> | undefined> {
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseRecord(text, path, kind);
}

/**
 * @param where the file, or `file:line`, for messages
 * @throws InvolveError as `readRecord`
 */
export function parseRecord<Schema extends z.ZodType>(
  text: string,
  where: string,
  { version, schema, upgrade = (older) => older }: JsonRecord<Schema>,
): z.output<Schema> {
  const value = parseObject(text, where);
  const found = value.version ?? 0;
  if (typeof found !== 'number' || found > version) {
    throw badInput('E_RUN_NEWER', {
      what: `${basename(where)} is of version ${JSON.stringify(found)}, and this involve reads up to version ${version}`,
      where,
      try: 'read it with the involve that wrote it, or a later one',
    });
  }
  const result = schema.safeParse(found < version ? upgrade(value, found) : value);
  if (result.success) return result.data;
  throw badInput(
    'E_RUN_DAMAGED',
    result.error.issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => ({
      what: `the record of the run is damaged: ${path.join('.') || 'all of it'}: ${message}`,
      where,
      try: ADVICE,
    })),
  );
}

// --- internal ---

const MOST_PROBLEMS = 3;
const ADVICE = 'mend it, or restore it from a copy';

function parseObject(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // The error below says it better.
  }
  throw badInput('E_RUN_DAMAGED', {
    what: 'the record of the run is damaged: not a JSON object',
    where,
    try: ADVICE,
  });
}

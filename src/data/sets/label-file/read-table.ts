import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { closestString } from '../../../util/closest-string.js';
import { shellWord } from '../../../util/shell-words.js';
import type { ProblemList } from '../../formats/samples/problem-list.js';
import { reading } from '../../read-problem.js';

/** A row of a table: its line in the file, and its values in the order of the columns asked for. */
export interface TableRow {
  readonly line: number;
  readonly values: readonly unknown[];
}

/** Which columns are read, and the key of the config that names each. */
export type Columns = readonly { readonly key: string; readonly name: string }[];

/** What the names of tables end in. */
export const tableExtensions: readonly string[] = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/**
 * Reads some columns of a CSV (RFC 4180; .tsv: by tabs) or of a file with a JSON object a line.
 * @param breathe gives others a turn; what it throws ends the reading (see `turns`)
 */
export async function readTable(
  path: string,
  columns: Columns,
  problems: ProblemList,
  breathe: () => Promise<void>,
): Promise<TableRow[]> {
  const bytes = reading('the file of labels', path, () => readFileSync(path));
  const extension = extname(path).toLowerCase();
  if (!tableExtensions.includes(extension)) {
    problems.add({
      what: `a file of labels is one of ${tableExtensions.join(', ')}, not ${extension === '' ? 'without an extension' : extension}`,
      where: path,
      try: 'write it as CSV with a header',
    });
    return [];
  }
  if (extension === '.jsonl' || extension === '.ndjson')
    return readLines(bytes, path, columns, problems, breathe);
  return readCsv(bytes, path, extension === '.tsv' ? '\t' : ',', columns, problems, breathe);
}

// --- internal ---

/** Bytes that are parsed in a few milliseconds. */
const pieceBytes = 65_536;

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function readCsv(
  bytes: Buffer,
  path: string,
  delimiter: string,
  columns: Columns,
  problems: ProblemList,
  breathe: () => Promise<void>,
): Promise<TableRow[]> {
  const rows: Parsed[] = [];
  const parser = parse({
    ...{ delimiter, info: true, bom: true, relax_column_count: true, skip_empty_lines: true },
  });
  try {
    await pipeline(pieces(bytes, breathe), parser, async (parsed: AsyncIterable<Parsed>) => {
      for await (const row of parsed) rows.push(row);
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    problems.add({
      what: `no sound CSV: ${error.message}`,
      where: path,
      try: 'quote values as CSV does: "a ""b"""',
    });
    return [];
  }
  const header = rows[0]?.record.map((name) => name.trim()) ?? [];
  const missing = columns.filter(({ name }) => !header.includes(name));
  for (const { key, name } of missing) problems.add(noColumn(name, key, header, `${path}:1`));
  if (missing.length > 0) return [];
  const places = columns.map(({ name }) => header.indexOf(name));
  return rows.slice(1).flatMap(({ record, info }) => {
    const line = info.lines;
    if (record.length === header.length) return [{ line, values: places.map((place) => record[place]) }];
    problems.add({
      what: `a row of ${record.length} values under a header of ${header.length}`,
      where: `${path}:${line}`,
      try: `quote values that hold ${delimiter === ',' ? 'a comma' : 'a tab'}`,
    });
    return [];
  });
}

async function* pieces(bytes: Buffer, breathe: () => Promise<void>): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await breathe();
    yield bytes.subarray(at, at + pieceBytes);
  }
}

async function readLines(
  bytes: Buffer,
  path: string,
  columns: Columns,
  problems: ProblemList,
  breathe: () => Promise<void>,
): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  const known = new Set<string>();
  for (const [i, content] of bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    await breathe();
    if (content.trim() === '') continue;
    const where = `${path}:${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (error) {
      problems.add({ what: `no JSON: ${(error as Error).message}`, where });
      continue;
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      problems.add({ what: 'a line that is no object', where });
      continue;
    }
    const record = value as Record<string, unknown>;
    for (const name of Object.keys(record)) known.add(name);
    rows.push({ line: i + 1, values: columns.map(({ name }) => record[name]) });
  }
  const missing = columns.filter(({ name }) => !known.has(name));
  if (rows.length === 0 || missing.length === 0) return rows;
  for (const { key, name } of missing) problems.add(noColumn(name, key, [...known], path));
  return [];
}

function noColumn(
  name: string,
  key: string,
  there: readonly string[],
  where: string,
): { what: string; where: string; try: string } {
  const meant = closestString(name, there);
  return {
    what:
      there.length === 0
        ? `no header: expected a column ${name}`
        : `no column ${name}; it has ${there.join(', ')}`,
    where,
    try: `--set data.labelFile.${key}=${shellWord(meant ?? 'COLUMN')}`,
  };
}

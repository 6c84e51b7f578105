import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { closestString } from '../../../util/closest-string.js';
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

/** Reads some columns of a CSV (RFC 4180; .tsv: by tabs) or of a file with a JSON object a line. */
export function readTable(path: string, columns: Columns, problems: ProblemList): TableRow[] {
  const text = reading('the file of labels', path, () => readFileSync(path, 'utf8')).replace(/^\ufeff/, '');
  const extension = extname(path).toLowerCase();
  if (!tableExtensions.includes(extension)) {
    problems.add({
      what: `a file of labels is one of ${tableExtensions.join(', ')}, not ${extension === '' ? 'without an extension' : extension}`,
      where: path,
      try: 'write it as CSV with a header',
    });
    return [];
  }
  if (extension === '.jsonl' || extension === '.ndjson') return readLines(text, path, columns, problems);
  return readCsv(text, path, extension === '.tsv' ? '\t' : ',', columns, problems);
}

// --- internal ---

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function readCsv(
  text: string,
  path: string,
  delimiter: string,
  columns: Columns,
  problems: ProblemList,
): TableRow[] {
  let rows: readonly Parsed[];
  try {
    rows = parse(text, {
      ...{ delimiter, info: true, relax_column_count: true, skip_empty_lines: true },
    }) as unknown as readonly Parsed[];
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

function readLines(text: string, path: string, columns: Columns, problems: ProblemList): TableRow[] {
  const rows: TableRow[] = [];
  const known = new Set<string>();
  text.split('\n').forEach((content, i) => {
    if (content.trim() === '') return;
    const where = `${path}:${i + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (error) {
      problems.add({ what: `no JSON: ${(error as Error).message}`, where });
      return;
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      problems.add({ what: 'a line that is no object', where });
      return;
    }
    const record = value as Record<string, unknown>;
    for (const name of Object.keys(record)) known.add(name);
    rows.push({ line: i + 1, values: columns.map(({ name }) => record[name]) });
  });
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
    try: `--set data.labelFile.${key}=${meant ?? 'COLUMN'}`,
  };
}

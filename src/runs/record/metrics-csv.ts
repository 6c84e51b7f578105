import { stringify } from 'csv-stringify/sync';
import { columnOf, type TaskMetrics } from '../../metrics/metric.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { badInput, type InvolveError, type Problem } from '../../util/errors.js';
import { readTextIfThere } from '../../util/read-text.js';
import { appendLines, isEmptyFile, wholeLines } from '../line-file.js';

/**
 * metrics.csv: a row an epoch. Its version is its header: columns of every run stand around those of what is measured,
 * training first.
 */
const HEAD = ['epoch', 'step', 'learning_rate'] as const;
const TAIL = ['images_per_second', 'data_ms', 'step_ms', 'epoch_seconds', 'peak_memory_mb'] as const;

/** One epoch. The validation columns are null, an empty cell, where nothing was validated. */
export interface EpochMetrics extends Readonly<
  Record<(typeof HEAD)[number] | (typeof TAIL)[number], number>
> {
  readonly [column: `train_${string}`]: number;
  readonly [column: `val_${string}`]: number | null;
}

/** The columns of a task's runs, in order. */
export function metricColumns({ train, validation }: TaskMetrics): string[] {
  return [
    ...HEAD,
    ...train.map((metric) => columnOf('train', metric)),
    ...validation.map((metric) => columnOf('val', metric)),
    ...TAIL,
  ];
}

/** Appends a row, durably; the header goes before the first one only. Numbers read back bit for bit. */
export function appendMetrics(path: string, row: EpochMetrics): void {
  appendLines(path, textOf(row, isEmptyFile(path)));
}

/**
 * Cuts the file back to the rows of the first epochs, since a resumed run writes the later ones again, and puts rows in
 * their places that were lost. The rows that stay keep their exact text, and a file that is right is not written.
 */
export async function restoreMetrics(
  path: string,
  epochs: number,
  lost: readonly EpochMetrics[] = [],
): Promise<void> {
  const text = await readText(path);
  const [header, ...lines] = wholeLines(text);
  const columns = parseHeader(header, path);
  const kept = lines
    .map((line, index) => ({ line, epoch: parseRow(line, columns, path, index + 2).epoch }))
    .filter(({ epoch }) => epoch <= epochs);
  const put = lost.map((row) => ({ line: textOf(row, false).trimEnd(), epoch: row.epoch }));
  const rows = [...kept, ...put].sort((a, b) => a.epoch - b.epoch).map(({ line }) => line);
  const head = header ?? (lost.length > 0 ? columnsOf(lost[0]).join(',') : undefined);
  const result = [...(head === undefined ? [] : [head]), ...rows].map((line) => `${line}\n`).join('');
  if (result !== text) await writeFileAtomic(path, result);
}

/** The rows of a metrics.csv; none where the file does not exist yet. A torn last line is left out. */
export async function readMetrics(path: string): Promise<EpochMetrics[]> {
  const [header, ...rows] = wholeLines(await readText(path));
  const columns = parseHeader(header, path);
  return rows.map((line, index) => parseRow(line, columns, path, index + 2));
}

// --- internal ---

function textOf(row: EpochMetrics, header: boolean): string {
  return stringify([row], {
    columns: columnsOf(row),
    header,
    // String() is the shortest text that reads back as the same number, but loses the sign of −0.
    cast: { number: (value) => (Object.is(value, -0) ? '-0' : String(value)) },
  });
}

/** An editor or a version control of Windows may have ended its lines in its own way, which changes no value. */
async function readText(path: string): Promise<string> {
  return ((await readTextIfThere(path)) ?? '').replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}

/** What is measured stands in the row in the order of its columns. */
function columnsOf(row: EpochMetrics): string[] {
  const names = Object.keys(row);
  const measured = ['train_', 'val_'].flatMap((split) => names.filter((name) => name.startsWith(split)));
  return [...HEAD, ...measured, ...TAIL];
}

const HEADER = new RegExp(`^${HEAD.join(',')}(,train_\\w+)+(,val_\\w+)+,${TAIL.join(',')}$`);

function parseHeader(header: string | undefined, path: string): string[] {
  if (header === undefined) return [];
  if (HEADER.test(header)) return header.split(',');
  const { what, ...advice } = headerProblem(header);
  throw badInput('E_METRICS_DAMAGED', {
    what: `the metrics of the run are damaged: ${what}`,
    where: `${path}:1`,
    ...advice,
  });
}

/** No row means anything without the names of its columns, so the first line is not one to delete. */
function headerProblem(header: string): Pick<Problem, 'what' | 'try'> {
  if (HEADER.test(header.replaceAll(';', ',').replaceAll('"', '')))
    return {
      what: 'its columns are written as a spreadsheet writes them, not as involve does',
      try: 'put the file back from a copy, or save it with commas between values and without quotes',
    };
  if (/^[-\d.eE+,]+$/.test(header))
    return {
      what: 'the line of the column names is gone',
      try: 'put the file back from a copy, or that line: metrics.csv of another run of the kind begins with it',
    };
  return {
    what: `the columns are not those of a run: ${header.slice(0, 60)}`,
    try: 'put the file back from a copy',
  };
}

function parseRow(line: string, columns: readonly string[], path: string, lineNumber: number): EpochMetrics {
  const cells = line.split(',');
  if (cells.length !== columns.length) {
    throw damaged(path, lineNumber, `expected ${columns.length} cells but found ${cells.length}`);
  }
  const row: Record<string, number | null> = {};
  columns.forEach((column, index) => {
    const cell = cells[index];
    const value = cell === '' ? null : Number(cell);
    const isNumber = value !== null && (!Number.isNaN(value) || cell === 'NaN');
    if (!isNumber && !(value === null && column.startsWith('val_'))) {
      throw damaged(path, lineNumber, `${column} is not a number: '${cell.slice(0, 60)}'`);
    }
    row[column] = value;
  });
  return row as unknown as EpochMetrics;
}

function damaged(path: string, line: number, what: string): InvolveError {
  return badInput('E_METRICS_DAMAGED', {
    what: `the metrics of the run are damaged: ${what}`,
    where: `${path}:${line}`,
    try: 'mend or delete that line; the other rows are untouched',
  });
}

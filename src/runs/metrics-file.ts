import { readFile } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { errorCode, writeFileAtomic } from '../util/atomic-write.js';
import { badInput, type InvolveError } from '../util/errors.js';
import { appendLines, isEmptyFile, wholeLines } from './line-file.js';

/** The columns of metrics.csv, in order. */
export const METRIC_COLUMNS = [
  'epoch',
  'step',
  'learning_rate',
  'train_loss',
  'train_top1',
  'val_loss',
  'val_top1',
  'val_top5',
  'images_per_second',
  'data_ms',
  'step_ms',
  'epoch_seconds',
  'peak_memory_mb',
] as const;

/** One epoch: a row of metrics.csv. The validation columns are null, an empty cell, where nothing was validated. */
export interface EpochMetrics {
  readonly epoch: number;
  /** Steps taken since the start of the run. */
  readonly step: number;
  readonly learning_rate: number;
  readonly train_loss: number;
  readonly train_top1: number;
  readonly val_loss: number | null;
  readonly val_top1: number | null;
  readonly val_top5: number | null;
  readonly images_per_second: number;
  readonly data_ms: number;
  readonly step_ms: number;
  readonly epoch_seconds: number;
  readonly peak_memory_mb: number;
}

const mayBeNull: ReadonlySet<string> = new Set(['val_loss', 'val_top1', 'val_top5']);
const header = METRIC_COLUMNS.join(',');

/** Appends a row, durably; the header goes before the first one only. Numbers read back bit for bit. */
export function appendMetrics(path: string, row: EpochMetrics): void {
  const text = stringify([row], {
    columns: [...METRIC_COLUMNS],
    header: isEmptyFile(path),
    // String() is the shortest text that reads back as the same number, but loses the sign of −0.
    cast: { number: (value) => (Object.is(value, -0) ? '-0' : String(value)) },
  });
  appendLines(path, text);
}

/**
 * Cuts the file back to the rows up to a step, since a resumed run writes the later ones again. The
 * rows that stay keep their exact text.
 */
export async function truncateMetrics(path: string, step: number): Promise<void> {
  const text = await readText(path);
  const lines = wholeLines(text);
  const kept = lines.filter((line, index) => index === 0 || parseRow(line, path, index + 1).step <= step);
  const result = kept.map((line) => `${line}\n`).join('');
  if (result !== text) await writeFileAtomic(path, result);
}

/** The rows of a metrics.csv; none where the file does not exist yet. A torn last line is left out. */
export async function readMetrics(path: string): Promise<EpochMetrics[]> {
  const [first, ...rows] = wholeLines(await readText(path));
  if (first !== undefined && first !== header) {
    throw damaged(path, 1, `the columns are not those of a run: ${first.slice(0, 60)}`);
  }
  return rows.map((line, index) => parseRow(line, path, index + 2));
}

// --- internal ---

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function parseRow(line: string, path: string, lineNumber: number): EpochMetrics {
  const cells = line.split(',');
  if (cells.length !== METRIC_COLUMNS.length) {
    throw damaged(path, lineNumber, `expected ${METRIC_COLUMNS.length} cells but found ${cells.length}`);
  }
  const row: Record<string, number | null> = {};
  METRIC_COLUMNS.forEach((column, index) => {
    const cell = cells[index];
    const value = cell === '' ? null : Number(cell);
    const isNumber = value !== null && (!Number.isNaN(value) || cell === 'NaN');
    if (!isNumber && !(value === null && mayBeNull.has(column))) {
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

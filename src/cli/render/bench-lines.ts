import type { BenchEntry, BenchFailure, BenchRow } from '../../measure/benchmark.js';
import { ExitCode, InvolveError, type Problem } from '../../util/errors.js';
import { problemLines } from '../errors.js';
import { textTable } from './text-table.js';

/** The measurements of a benchmark as a table. */
export function benchLines(
  rows: readonly BenchRow[],
  entries: readonly BenchEntry[],
  engine: string | undefined,
): string[] {
  if (rows.length === 0) return [];
  const what = rows[0].mode === 'train' ? 'train step' : 'inference';
  const samples = [...new Set(entries.map((entry) => entry.samples))].join(', ');
  const isShared = rows[0].workers !== undefined;
  const [head, cells] = isShared ? [SHARED_HEAD, rows.map(sharedCells)] : [HEAD, rows.map(cellsOf)];
  // Of several ways of sharing the work, the description of the first says how many threads that has.
  const where = isShared ? rows[0].engine : engine;
  return [
    `${what}, trials: ${rows[0].trials}, images a trial: ${samples}, in turn, on ${where}`,
    '',
    ...textTable(head, cells, 1),
  ];
}

/** What a config failed with, beside others that did not. */
export function benchFailureLines({ config, error }: BenchFailure): string[] {
  const problems: readonly Problem[] =
    error instanceof InvolveError ? error.problems : [{ what: String(error) }];
  const exitCode = error instanceof InvolveError ? error.exitCode : ExitCode.failed;
  return problems.flatMap((problem) =>
    problemLines({ ...problem, what: `${config} failed (exit code ${exitCode}): ${problem.what}` }),
  );
}

// --- internal ---

const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(value < 100 ? 2 : 1));
const percent = (value: number | null): string => (value === null ? '–' : value.toFixed(1));

function cellsOf(row: BenchRow): string[] {
  return [
    row.config,
    String(row.input),
    String(row.batch),
    ms(row.meanMs),
    ms(row.medianMs),
    ms(row.sdMs),
    ms(row.minMs),
    row.msPerSample.toPrecision(4),
    percent(row.relativePercent),
    percent(row.theoryPercent),
    row.peakMemoryMb.toFixed(0),
  ];
}

function sharedCells(row: BenchRow): string[] {
  return [
    row.config,
    String(row.input),
    String(row.batch),
    String(row.workers!),
    String(row.threads!),
    row.imagesPerSecond!.toPrecision(4),
    ms(row.medianMs),
    ms(row.sdMs),
    ms(row.sumMs!),
    percent(row.efficiencyOneThreadPercent!),
    percent(row.efficiencyAllThreadsPercent!),
    row.peakMemoryMb.toFixed(0),
  ];
}

const SHARED_HEAD = [
  ...[
    'config',
    'input',
    'batch',
    'workers',
    'threads each',
    'images/s',
    'median ms',
    'sd ms',
    'of it sum ms',
  ],
  ...['per thread %', 'of all threads %', 'peak MB'],
];

const HEAD = [
  'config',
  'input',
  'batch',
  'mean ms',
  'median ms',
  'sd ms',
  'min ms',
  'ms/sample',
  'relative %',
  'theory %',
  'peak MB',
];

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
  const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(value < 100 ? 2 : 1));
  const cells = rows.map((row) => [
    row.config,
    String(row.input),
    String(row.batch),
    ms(row.meanMs),
    ms(row.medianMs),
    ms(row.sdMs),
    ms(row.minMs),
    row.msPerSample.toPrecision(4),
    row.relativePercent.toFixed(1),
    row.theoryPercent.toFixed(1),
    row.peakMemoryMb.toFixed(0),
  ]);
  return [
    `${what}, trials: ${rows[0].trials}, images a trial: ${samples}, in turn, on ${engine}`,
    '',
    ...textTable(HEAD, cells, 1),
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

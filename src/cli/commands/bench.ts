import { stringify } from 'csv-stringify/sync';
import { loadExperiment } from '../../config/load.js';
import type { Experiment } from '../../config/schema.js';
import type { BenchMode } from '../../measure/bench-message.js';
import { benchmark, type BenchEntry, type BenchFailure, type BenchRow } from '../../measure/benchmark.js';
import { badInput, ExitCode, InvolveError, type Problem } from '../../util/errors.js';
import { classCount } from '../../session/class-count.js';
import type { CommandOptions, CommandRun } from '../command.js';
import { showProgress } from '../render/data-progress.js';
import { problemLines } from '../errors.js';
import { interruptible } from '../../session/interruption.js';
import { textTable } from '../render/text-table.js';

const COLUMNS = [
  ...['config', 'mode', 'engine', 'batch', 'input', 'trials', 'minMs', 'medianMs', 'meanMs', 'sdMs'],
  ...['msPerSample', 'relativePercent', 'theoryPercent', 'peakMemoryMb'],
] as const satisfies readonly (keyof BenchRow)[];

/** `involve bench CONFIG…`: how long configs take for the same work, in turn, each in a process of its own. */
export const run: CommandRun = async (configs, options, context) => {
  const entries = await entriesOf(configs, options, context.cwd);
  const interruption = interruptible();
  const progress = await showProgress('trials', context);
  try {
    const { rows, failures, engine } = await benchmark(entries, {
      trials: (options.trials as number | undefined) ?? 20,
      onTrial: (done, total) => progress.update(done, total),
      signal: interruption.signal,
    });
    progress.stop();
    for (const line of failures.flatMap(failureLines)) context.note(line);
    if (options.json) context.print(JSON.stringify(rows, null, 2));
    else if (options.csv) context.print(stringify([...rows], { columns: COLUMNS, header: true }).trimEnd());
    else for (const line of tableLines(rows, entries, engine)) context.print(line);
    return exitCodeOf(rows, failures);
  } catch (error) {
    if (interruption.name === undefined) throw error;
    return interruption.exitCode;
  } finally {
    progress.stop();
    interruption.end();
  }
};

// --- internal ---

/** Reads all configs before anything is measured; what is wrong with any of them is told at once. */
async function entriesOf(
  configs: readonly string[],
  options: CommandOptions,
  cwd: string,
): Promise<BenchEntry[]> {
  const set = [...((options.set as string[] | undefined) ?? [])];
  if (options.engine !== undefined) set.push(`engine.name=${String(options.engine)}`);
  if (options.threads !== undefined) set.push(`engine.threads=${String(options.threads)}`);
  if (options.input !== undefined) set.push(`data.inputSize=${String(options.input)}`);
  const problems: Problem[] = [];
  const experiments = configs.map((config): Experiment | undefined => {
    try {
      return loadExperiment(config, { set, cwd }).experiment;
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      problems.push(...error.problems.filter((problem) => !problems.some((p) => isSame(p, problem))));
      return undefined;
    }
  });
  if (problems.length > 0) throw badInput('E_BENCH_CONFIG', problems);

  const entries: BenchEntry[] = [];
  for (const [i, experiment] of experiments.entries()) {
    const classes = (options.classes as number | undefined) ?? (await classCount(experiment!, cwd));
    const batch = (options.batch as number | undefined) ?? experiment!.train.batchSize;
    const samples = (options.samples as number | undefined) ?? batch;
    const mode = (options.mode as BenchMode | undefined) ?? 'infer';
    const task = { experiment: experiment!, mode, classes };
    entries.push({ config: configs[i], task, batch: Math.min(batch, samples), samples });
  }
  return entries;
}

/** The same mistake in a `--set` is found once for every config. */
function isSame(a: Problem, b: Problem): boolean {
  return a.what === b.what && a.where === b.where;
}

function failureLines({ config, error }: BenchFailure): string[] {
  const problems: readonly Problem[] =
    error instanceof InvolveError ? error.problems : [{ what: String(error) }];
  return problems.flatMap((problem) =>
    problemLines({
      ...problem,
      what: `${config} failed (exit code ${exitCode(error)}): ${problem.what}`,
    }),
  );
}

function exitCode(error: unknown): ExitCode {
  return error instanceof InvolveError ? error.exitCode : ExitCode.failed;
}

/** A config that failed beside others is a run that failed; where none is left, their common reason counts. */
function exitCodeOf(rows: readonly BenchRow[], failures: readonly BenchFailure[]): ExitCode {
  if (failures.length === 0) return ExitCode.ok;
  const codes = new Set(failures.map(({ error }) => exitCode(error)));
  return rows.length === 0 && codes.size === 1 ? [...codes][0] : ExitCode.failed;
}

function tableLines(
  rows: readonly BenchRow[],
  entries: readonly BenchEntry[],
  engine: string | undefined,
): string[] {
  if (rows.length === 0) return [];
  const what = rows[0].mode === 'train' ? 'train step' : 'inference';
  const samples = [...new Set(entries.map((entry) => entry.samples))].join(', ');
  const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(value < 100 ? 2 : 1));
  const percent = (value: number): string => value.toFixed(1);
  const head = [
    ...['config', 'input', 'batch', 'mean ms', 'median ms', 'sd ms', 'min ms', 'ms/sample'],
    ...['relative %', 'theory %', 'peak MB'],
  ];
  const cells = rows.map((row) => [
    ...[row.config, String(row.input), String(row.batch)],
    ...[ms(row.meanMs), ms(row.medianMs), ms(row.sdMs), ms(row.minMs), row.msPerSample.toPrecision(4)],
    ...[percent(row.relativePercent), percent(row.theoryPercent), row.peakMemoryMb.toFixed(0)],
  ]);
  return [
    `${what}, trials: ${rows[0].trials}, images a trial: ${samples}, in turn, on ${engine}`,
    '',
    ...textTable(head, cells, 1),
  ];
}

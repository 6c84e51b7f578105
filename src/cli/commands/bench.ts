import { csvName } from '../../util/one-line.js';
import type { BenchFailure, BenchRow } from '../../measure/benchmark.js';
import { ExitCode, InvolveError } from '../../util/errors.js';
import { interruptible } from '../../util/interruption.js';
import { command } from '../command.js';
import { configsOrOnnx } from '../completes.js';
import { classes, engine, inputSize, json, set, threads } from '../config-flags.js';
import { choice, count, flag } from '../flags.js';
import { many } from '../operands.js';
import { showProgress } from '../render/data-progress.js';

/** `involve bench CONFIG…`: how long configs take for the same work, in turn, each in a process of its own. */
export const bench = command({
  name: 'bench',
  description: 'time configs against each other: inference or whole train steps, on made-up images',
  operands: {
    config: many(
      'config files, or ONNX files of involve export; the others are compared to the first',
      configsOrOnnx,
    ),
  },
  flags: {
    mode: choice('name', 'what is timed', ['infer', 'train'], 'infer'),
    engine,
    threads,
    workers: count('n', 'train steps by so many processes, beside one with one and with all threads', {
      from: 1,
      to: 64,
    }),
    samples: count('n', 'images in a trial (default: one batch)', { from: 1 }),
    batch: count('n', "batch size (default: the config's own)", { from: 1 }),
    trials: count('n', 'trials that count', {
      from: 1,
      default: 20,
      alsoCalled: ['steps', 'iterations', 'iters', 'repeats', 'repetitions', 'rounds', 'runs'],
    }),
    input: inputSize,
    classes,
    set,
    json,
    csv: flag('one row a config'),
  },
  example: 'involve bench configs/exp0.json configs/exp3.json --input 64 --batch 64 --mode train',
  async run({ config }, flags, context) {
    const { benchConfigs, benchEntries } = await import('../../session/bench/entries.js');
    const entries = await benchEntries(config, flags, context.cwd);
    const interruption = interruptible();
    const progress = await showProgress('trials', context);
    try {
      const { rows, failures, engine } = await benchConfigs(entries, {
        trials: flags.trials,
        onTrial: (done, total) => progress.update(done, total),
        signal: interruption.signal,
      });
      progress.stop();
      const { benchFailureLines, benchLines } = await import('../render/bench-lines.js');
      for (const line of failures.flatMap(benchFailureLines)) context.note(line);
      if (flags.json) context.print(JSON.stringify(rows, null, 2));
      else if (flags.csv) context.print(await csvOf(rows, flags.workers !== undefined));
      else for (const line of benchLines(rows, entries, engine)) context.print(line);
      return exitCodeOf(rows, failures);
    } catch (error) {
      if (interruption.exitCode === undefined) throw error;
      return interruption.exitCode;
    } finally {
      progress.stop();
      interruption.end();
    }
  },
});

// --- internal ---

const COLUMNS = [
  ...['config', 'mode', 'engine', 'batch', 'input', 'trials', 'minMs', 'medianMs', 'meanMs', 'sdMs'],
  ...['msPerSample', 'relativePercent', 'theoryPercent', 'peakMemoryMb'],
] as const satisfies readonly (keyof BenchRow)[];
/** What comes with `--workers`. */
const WORKER_COLUMNS = [
  ...['workers', 'threads', 'imagesPerSecond', 'sumMs'],
  ...['efficiencyOneThreadPercent', 'efficiencyAllThreadsPercent'],
] as const satisfies readonly (keyof BenchRow)[];

async function csvOf(rows: readonly BenchRow[], isShared: boolean): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  return stringify(
    rows.map((row) => ({ ...row, config: csvName(row.config) })),
    { columns: [...COLUMNS, ...(isShared ? WORKER_COLUMNS : [])], header: true },
  ).trimEnd();
}

/** A config that failed beside others is a run that failed; where none is left, their common reason counts. */
function exitCodeOf(rows: readonly BenchRow[], failures: readonly BenchFailure[]): ExitCode {
  if (failures.length === 0) return ExitCode.ok;
  const codes = new Set(
    failures.map(({ error }) => (error instanceof InvolveError ? error.exitCode : ExitCode.failed)),
  );
  return rows.length === 0 && codes.size === 1 ? [...codes][0] : ExitCode.failed;
}

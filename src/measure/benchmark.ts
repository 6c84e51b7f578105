import { describeValues } from '../metrics/statistics.js';
import type { BatchTime, BenchMode, BenchSubject, BenchTask } from './bench-message.js';
import type { BenchProcess } from './bench-process.js';
import { workerColumns, type MeasuredWay, type WorkerColumns } from './worker-columns.js';

/** One config to be measured. */
export interface BenchEntry {
  /** As the user named it. */
  readonly config: string;
  readonly task: BenchTask;
  readonly batch: number;
  /** Images of one trial; the last batch of it takes what is left. */
  readonly samples: number;
  /** Which config it is where each is measured in several ways, shared by workers and by one alone. */
  readonly place?: number;
}

/** The measurements of one config; the keys of `--json` and the columns of `--csv`, in order. */
export interface BenchRow extends Partial<WorkerColumns> {
  readonly config: string;
  readonly mode: BenchMode;
  readonly engine: string;
  readonly batch: number;
  readonly input: number;
  readonly trials: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly meanMs: number;
  /** Of the sample (n − 1); null of a single trial. */
  readonly sdMs: number | null;
  /** Median of the trials over images of a trial. */
  readonly msPerSample: number;
  /** Time of an image against the first config: of medians, so with equal samples their ratio. */
  readonly relativePercent: number;
  /** Multiply-adds of an image against the first config. */
  readonly theoryPercent: number;
  /** Of this config's own process, and of those that share its batches. */
  readonly peakMemoryMb: number;
}

export interface BenchFailure {
  readonly config: string;
  readonly error: unknown;
}

export interface BenchResult {
  /** In the order of the entries, without those that failed; what is relative is so to the first of these. */
  readonly rows: readonly BenchRow[];
  readonly failures: readonly BenchFailure[];
  /** The engine of the first row, in one line for people. */
  readonly engine: string | undefined;
}

/** The side of a child process that a benchmark needs. */
export type BenchChild = Pick<BenchProcess, 'prepare' | 'batch' | 'end' | 'kill'>;

export interface BenchOptions {
  readonly trials: number;
  /** After every trial of all configs, warm-up included. */
  readonly onTrial?: (done: number, total: number) => void;
  /** Ends all children; the benchmark rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Starts the child process of one config. */
  readonly open: () => BenchChild;
}

/** Trials before the first that counts: code is compiled and memory taken in them. */
export const WARM_UP_TRIALS = 2;

/**
 * Measures configs against each other. Each lives in a process of its own; their batches are computed in
 * turn, A B A B …, so that a machine that gets slower or faster does so for all of them, and never two at
 * once. A config that fails is reported and drops out; the others go on.
 */
export async function benchmark(
  entries: readonly BenchEntry[],
  { trials, onTrial, signal, open }: BenchOptions,
): Promise<BenchResult> {
  const runs: Run[] = [];
  const failures: BenchFailure[] = [];
  const killAll = (): void => runs.forEach(({ child }) => child.kill());
  signal?.addEventListener('abort', killAll);

  /** Does a part of one config's work, unless it failed before. */
  const attempt = async (run: Run, part: () => Promise<void>): Promise<void> => {
    if (run.failed) return;
    try {
      await part();
    } catch (error) {
      run.failed = true;
      run.child.kill();
      failures.push({ config: nameOf(run.entry), error });
    }
    signal?.throwIfAborted();
  };

  try {
    for (const entry of entries) {
      signal?.throwIfAborted();
      const run: Run = { entry, child: open(), times: [], sums: [], failed: false };
      runs.push(run);
      await attempt(run, async () => void (run.subject = await run.child.prepare(entry.task)));
    }
    for (let trial = -WARM_UP_TRIALS; trial < trials && runs.some(({ failed }) => !failed); trial++) {
      const spent = await trialInTurn(runs, attempt);
      if (trial >= 0) for (const run of runs) if (!run.failed) note(run, spent.get(run)!);
      onTrial?.(trial + WARM_UP_TRIALS + 1, trials + WARM_UP_TRIALS);
    }
    for (const run of runs) {
      await attempt(run, async () => void (run.peakMemoryMb = await run.child.end()));
    }
  } finally {
    signal?.removeEventListener('abort', killAll);
    killAll();
  }
  const done = runs.filter(({ failed }) => !failed);
  return { rows: done.map((run) => rowOf(run, done)), failures, engine: done[0]?.subject?.description };
}

// --- internal ---

interface Run {
  readonly entry: BenchEntry;
  readonly child: BenchChild;
  /** Milliseconds of the trials that count. */
  readonly times: number[];
  /** Of them, of the sums; none of one worker. */
  readonly sums: number[];
  failed: boolean;
  subject?: BenchSubject;
  peakMemoryMb?: number;
}

/** For people: of a config that is measured in several ways, which of them. */
function nameOf({ config, place, task }: BenchEntry): string {
  if (place === undefined) return config;
  const { workers } = task.experiment.train;
  return `${config} (${workers} worker${workers === 1 ? '' : 's'})`;
}

/** One trial of every config, batch by batch in turn. */
async function trialInTurn(
  runs: readonly Run[],
  attempt: (run: Run, part: () => Promise<void>) => Promise<void>,
): Promise<Map<Run, BatchTime>> {
  const spent = new Map<Run, BatchTime>(runs.map((run) => [run, { ms: 0 }]));
  const most = Math.max(...runs.map(({ entry }) => Math.ceil(entry.samples / entry.batch)));
  for (let turn = 0; turn < most; turn++) {
    for (const run of runs) {
      const { batch, samples } = run.entry;
      const count = Math.min(batch, samples - turn * batch);
      if (count <= 0) continue;
      await attempt(run, async () => {
        const time = await run.child.batch(count);
        spent.set(run, added(spent.get(run)!, time));
      });
    }
  }
  return spent;
}

function added(before: BatchTime, { ms, sumMs }: BatchTime): BatchTime {
  return { ms: before.ms + ms, ...(sumMs !== undefined && { sumMs: (before.sumMs ?? 0) + sumMs }) };
}

function note(run: Run, { ms, sumMs }: BatchTime): void {
  run.times.push(ms);
  if (sumMs !== undefined) run.sums.push(sumMs);
}

function rowOf(run: Run, done: readonly Run[]): BenchRow {
  const { entry, times } = run;
  const [first] = done;
  const ways = done.filter(({ entry: { place } }) => place !== undefined && place === entry.place);
  const { mean, median, sd } = describeValues(times);
  return {
    config: entry.config,
    mode: entry.task.mode,
    engine: run.subject!.engine,
    batch: entry.batch,
    input: entry.task.experiment.data.inputSize,
    trials: times.length,
    minMs: Math.min(...times),
    medianMs: median!,
    meanMs: mean!,
    sdMs: sd,
    msPerSample: msPerSample(run),
    // The ratio first: of a number to itself it is exactly 1.
    relativePercent: 100 * (msPerSample(run) / msPerSample(first)),
    theoryPercent: 100 * (run.subject!.macs / first.subject!.macs),
    peakMemoryMb: run.peakMemoryMb!,
    ...(ways.length > 0 && workerColumns(wayOf(run), ways.map(wayOf))),
  };
}

function wayOf(run: Run): MeasuredWay {
  const { workers } = run.entry.task.experiment.train;
  return { workers, threads: run.subject!.threads!, msPerSample: msPerSample(run), sums: run.sums };
}

function msPerSample({ entry, times }: Run): number {
  return describeValues(times).median! / entry.samples;
}

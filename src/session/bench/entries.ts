import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { GivenOverride } from '../../config/override.js';
import type { Experiment } from '../../config/schema.js';
import type { BenchMode } from '../../measure/bench-message.js';
import { BenchProcess } from '../../measure/bench-process.js';
import { benchmark, type BenchEntry, type BenchOptions, type BenchResult } from '../../measure/benchmark.js';
import { badInput, InvolveError, type Problem } from '../../util/errors.js';
import { classCount } from '../cost/class-count.js';
import { loadConfig, type ConfigFlags } from '../load-config.js';
import { readTrainedFile } from '../open-trained.js';

export interface BenchFlags extends ConfigFlags {
  readonly mode: BenchMode;
  /** Those of the data, where it is not given. */
  readonly classes?: number;
  /** That of each config, where it is not given. */
  readonly batch?: number;
  /** Images of one trial: one batch, where it is not given. */
  readonly samples?: number;
  /**
   * Measures each config with so many workers, and with one that has one thread and all threads; where it is not given,
   * with one worker, whatever the config says.
   */
  readonly workers?: number;
}

/**
 * Reads all configs before anything is measured.
 * @throws InvolveError (exit code 2) with what is wrong with any of them
 */
export async function benchEntries(
  configs: readonly string[],
  flags: BenchFlags,
  cwd: string,
): Promise<BenchEntry[]> {
  if (flags.workers !== undefined && flags.mode !== 'train') {
    throw badInput('E_BENCH_WORKERS', {
      what: `--workers ${flags.workers} shares out steps of training, and --mode ${flags.mode} has none`,
      where: '--workers',
      try: `--mode train --workers ${flags.workers}, or leave --workers out`,
    });
  }
  const problems: Problem[] = [];
  const subjects: (BenchSubject | undefined)[] = [];
  const others = !configs.every(isFile);
  for (const config of configs) {
    try {
      subjects.push(await subjectOf(config, flags, cwd, others));
    } catch (error) {
      if (!(error instanceof InvolveError)) throw error;
      problems.push(...error.problems.filter((problem) => !problems.some((p) => isSame(p, problem))));
    }
  }
  if (problems.length > 0) throw badInput('E_BENCH_CONFIG', problems);

  const entries: BenchEntry[] = [];
  for (const [i, subject] of subjects.entries()) {
    const { experiment, file } = subject!;
    const classes = subject!.classes ?? flags.classes ?? (await classCount(experiment, cwd, '--classes N'));
    const { batch: batchSize = experiment.train.batchSize, mode } = flags;
    const train = { ...experiment.train, batchSize, workers: 1 };
    // A step of training has the batches whose gradients it accumulates.
    const batch = mode === 'train' ? batchSize * train.accumulate : batchSize;
    const { samples = batch } = flags;
    const alone = { ...experiment, train };
    const work = { config: configs[i], batch: Math.min(batch, samples), samples };
    const ways = flags.workers === undefined ? [alone] : waysOf(alone, flags.workers);
    for (const way of ways) {
      const task = { experiment: way, mode, classes, file };
      entries.push({ ...work, task, ...(flags.workers !== undefined && { place: i }) });
    }
  }
  return entries;
}

/** Times configs against each other, each in a process of its own. */
export function benchConfigs(
  entries: readonly BenchEntry[],
  options: Omit<BenchOptions, 'open'>,
): Promise<BenchResult> {
  const worker = new URL('./subject-main.js', import.meta.url);
  return benchmark(entries, { ...options, open: () => new BenchProcess(worker) });
}

// --- internal ---

interface BenchSubject {
  readonly experiment: Experiment;
  /** Where it is no config: as many as it has, whatever is asked for. */
  readonly classes?: number;
  /** Absolute. */
  readonly file?: string;
}

/** One worker with one thread, several that share all threads, and one with all; each of these once. */
function waysOf(experiment: Experiment, workers: number): Experiment[] {
  const { train, engine } = experiment;
  const withThreads = (threads: number | null): Experiment => ({
    ...experiment,
    engine: { ...engine, threads },
  });
  return [
    withThreads(1),
    ...(workers === 1 ? [] : [{ ...experiment, train: { ...train, workers } }]),
    ...((engine.threads ?? availableParallelism()) === 1 ? [] : [experiment]),
  ];
}

const isFile = (config: string): boolean => /\.onnx$/i.test(config);

/**
 * A config, or by its ending a file that was made of a run.
 * @param others whether there are configs too, for which flags may be meant
 */
async function subjectOf(
  config: string,
  flags: BenchFlags,
  cwd: string,
  others: boolean,
): Promise<BenchSubject> {
  if (!isFile(config)) return { experiment: loadConfig(config, { ...flags, set: setsOf(flags) }, cwd) };
  const { experiment: exported, classes } = await readTrainedFile(config, cwd);
  const { inputSize } = exported.data;
  const problems: Problem[] = [];
  if (flags.mode === 'train') {
    const what =
      'a file that was exported computes forward alone, and --mode train asks for steps of training';
    const other = flags.workers === undefined ? '--mode infer' : '--mode infer without --workers';
    problems.push({ what, where: config, try: `${other}, or the config of its run` });
  }
  if (flags.input !== undefined && flags.input !== inputSize) {
    const what = `it takes images of ${inputSize}×${inputSize}, received --input ${flags.input}`;
    problems.push({ what, where: config, try: `--input ${inputSize}, or the config of its run` });
  }
  for (const [flag, given] of [
    ['--set', flags.set !== undefined && flags.set.length > 0],
    ['--engine', flags.engine !== undefined],
  ] as const) {
    if (!given || others) continue;
    const what = `${flag} is for configs: a file is computed by ONNX Runtime, as it was exported`;
    problems.push({ what, where: config, try: `the same without ${flag}, or the config of its run` });
  }
  if (problems.length > 0) throw badInput('E_BENCH_CONFIG', problems);
  const engine = { ...exported.engine, threads: flags.threads ?? null };
  const experiment = { ...exported, engine };
  return { experiment, classes: classes.length, file: resolve(cwd, config) };
}

/** Workers share the batch that is asked for, which not every number of them can. */
function setsOf({ set = [], batch, workers }: BenchFlags): readonly GivenOverride[] {
  if (batch === undefined || workers === undefined) return set;
  return [...set, { text: `train.batchSize=${batch}`, flag: `--batch ${batch}` }];
}

/** The same mistake in a `--set` is found once for every config. */
function isSame(a: Problem, b: Problem): boolean {
  return a.what === b.what && a.where === b.where;
}

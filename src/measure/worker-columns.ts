import { describeValues } from '../metrics/statistics.js';

/** How a train step was shared, and what came of it: what a row has more where several workers are measured. */
export interface WorkerColumns {
  /** Processes that shared each batch. */
  readonly workers: number;
  /** Of the engine of each. */
  readonly threads: number;
  /** By the median of the trials. */
  readonly imagesPerSecond: number;
  /** Of a trial, until what each worker had became one, in ms: the median; null of one worker, which adds up nothing. */
  readonly sumMs: number | null;
  /**
   * Images a second for each thread of all workers, against those of one worker with one thread; null where that was not
   * measured.
   */
  readonly efficiencyOneThreadPercent: number | null;
  /** Images a second against those of one worker with all threads; null where that was not measured. */
  readonly efficiencyAllThreadsPercent: number | null;
}

/** One way of sharing the work, measured. */
export interface MeasuredWay {
  readonly workers: number;
  readonly threads: number;
  readonly msPerSample: number;
  /** Milliseconds of each trial; empty of one worker. */
  readonly sums: readonly number[];
}

/** @param ways all that were measured of the same config, this one among them */
export function workerColumns(way: MeasuredWay, ways: readonly MeasuredWay[]): WorkerColumns {
  const { workers, threads, msPerSample, sums } = way;
  const alone = ways.filter((each) => each.workers === 1).sort((a, b) => a.threads - b.threads);
  const [first, last] = [alone.find((each) => each.threads === 1), alone.at(-1)];
  const speedUp = (than: MeasuredWay | undefined): number | null =>
    than === undefined ? null : than.msPerSample / msPerSample;
  const share = speedUp(first);
  const beside = speedUp(last);
  return {
    workers,
    threads,
    imagesPerSecond: 1000 / msPerSample,
    sumMs: sums.length === 0 ? null : describeValues(sums).median,
    efficiencyOneThreadPercent: share === null ? null : (100 * share) / (workers * threads),
    efficiencyAllThreadsPercent: beside === null ? null : 100 * beside,
  };
}

import { publishedFigures } from '../config/source.js';
import type { Metric } from '../metrics/metric.js';
import {
  describeValues,
  median,
  pairedDifference,
  type PairedDifference,
  type Statistics,
} from '../metrics/statistics.js';
import { columnOf, keyOf } from '../metrics/metric.js';
import type { RunGroup } from './read/group-runs.js';
import type { ReportRun } from './read/report-run.js';
import { valueOf } from './quantity.js';

/** One measure over the seeds of a config. */
export interface Measure extends Statistics {
  readonly bySeed: readonly { readonly seed: number; readonly value: number }[];
  /** Null for the base itself. */
  readonly difference: PairedDifference | null;
}

/** Everything that is said of one config. */
export interface ReportRow {
  readonly name: string;
  readonly isBase: boolean;
  readonly description: string;
  /** Runs that count, of all that were found. */
  readonly finished: number;
  readonly found: number;
  readonly diverged: number;
  /** The metric that counts, on validation at the epoch that training chose, and after the last one. */
  readonly best: Measure;
  readonly last: Measure;
  /** After the last epoch without the moving average of the weights, where all seeds that count measured that too. */
  readonly lastRaw: Measure | null;
  /** The mean of the best epochs' weights on validation, where all seeds that count kept some. */
  readonly averaged: Measure | null;
  /** Of the best weights on test, where all seeds that count were evaluated. */
  readonly test: Measure | null;
  readonly parameters: number | null;
  readonly macs: number | null;
  /** Of an image in a training step, as recorded while it was trained: median over epochs and then over seeds. */
  readonly milliseconds: number | null;
  /** Times the base. */
  readonly parametersRatio: number | null;
  readonly macsRatio: number | null;
  readonly millisecondsRatio: number | null;
  readonly published: Published | null;
}

/** The article's numbers. */
export interface Published {
  readonly article: string;
  /** Of the metric that counts. */
  readonly value: number | null;
  /** That value less the base's. */
  readonly difference: number | null;
  readonly parametersMillions: number | null;
}

/** @param testable whether test scores of the groups may be compared */
export function rowOf(group: RunGroup, base: RunGroup, metric: Metric, testable: boolean): ReportRow {
  const { name, experiment, counted, runs } = group;
  const isBase = group === base;
  const measure = (value: ValueOf): Measure =>
    measureOf(bySeed(counted, value), isBase ? undefined : bySeed(base.counted, value), metric);
  const onTest = (run: ReportRun): number | undefined => valueOf(run, 'test', { metric });
  const onAverage = (run: ReportRun): number | null | undefined => run.averaged?.[keyOf('val', metric)];
  const isAveraged = counted.length > 0 && counted.every(({ averaged }) => averaged !== undefined);
  const onRaw = (run: ReportRun): number | null | undefined => run.last?.[columnOf('val_raw', metric)];
  const isRaw = counted.length > 0 && counted.every((run) => (onRaw(run) ?? undefined) !== undefined);
  const parameters = costOf(group, 'parameters');
  const macs = costOf(group, 'macs');
  const milliseconds = millisecondsOf(group);
  const isTested = testable && counted.length > 0 && counted.every((run) => onTest(run) !== undefined);
  return {
    name,
    isBase,
    description: experiment.description,
    finished: counted.length,
    found: runs.length,
    diverged: runs.filter(({ status }) => status === 'diverged').length,
    best: measure((run) => valueOf(run, 'best', { metric })),
    last: measure((run) => valueOf(run, 'last', { metric })),
    lastRaw: isRaw ? measure(onRaw) : null,
    averaged: isAveraged ? measure(onAverage) : null,
    test: isTested ? measure(onTest) : null,
    parameters,
    macs,
    milliseconds,
    parametersRatio: ratio(parameters, costOf(base, 'parameters')),
    macsRatio: ratio(macs, costOf(base, 'macs')),
    millisecondsRatio: ratio(milliseconds, millisecondsOf(base)),
    published: publishedOf(group, base),
  };
}

// --- internal ---

type ValueOf = (run: ReportRun) => number | null | undefined;

function bySeed(runs: readonly ReportRun[], value: ValueOf): Map<number, number> {
  const entries = runs.map((run) => [run.seed, value(run)] as const);
  return new Map(entries.filter((entry): entry is readonly [number, number] => Number.isFinite(entry[1])));
}

function measureOf(
  values: ReadonlyMap<number, number>,
  base: ReadonlyMap<number, number> | undefined,
  { better }: Metric,
): Measure {
  return {
    ...describeValues([...values.values()]),
    bySeed: [...values].map(([seed, value]) => ({ seed, value })),
    difference: base === undefined ? null : pairedDifference(values, base, better),
  };
}

/** Of any run that ended: all have the same model. */
function costOf({ runs }: RunGroup, what: 'parameters' | 'macs'): number | null {
  return runs.find((run) => run[what] !== undefined)?.[what] ?? null;
}

/** Of the runs that count; without the time in which a step waited for its images. */
function millisecondsOf({ counted }: RunGroup): number | null {
  const byRun = counted.flatMap(({ metrics }) => {
    const byEpoch = metrics
      .map((epoch) => {
        const [step, data, rate] = [epoch.step_ms, epoch.data_ms, epoch.images_per_second].map(Number);
        // The rate is of both times together, so that it tells how many images a step has.
        return (1000 * step) / (rate * (step + data));
      })
      .filter(Number.isFinite);
    return byEpoch.length === 0 ? [] : [median(byEpoch)];
  });
  return byRun.length === 0 ? null : median(byRun);
}

function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base;
}

function publishedOf({ experiment }: RunGroup, base: RunGroup): Published | null {
  const figures = publishedFigures(experiment.source);
  if (figures === undefined) return null;
  const { article, value, parametersMillions } = figures;
  const ofBase = publishedFigures(base.experiment.source);
  const before = ofBase?.article === article ? ofBase.value : null;
  const isComparable = value !== null && before !== null && experiment !== base.experiment;
  return { article, value, difference: isComparable ? value - before : null, parametersMillions };
}

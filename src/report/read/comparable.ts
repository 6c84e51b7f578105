import { isDeepStrictEqual } from 'node:util';
import { compareConfigs } from '../../runs/compare-configs.js';
import { badInput, type InvolveError, type Problem } from '../../util/errors.js';
import type { ReportRun } from './report-run.js';

/**
 * Runs may be compared when they were trained and validated on the same images, which the fingerprint in
 * their records tells: it covers the pixels and labels of both splits, in order. Where one has none yet the
 * data of their configs must be equal, but for where the data lies and what only concerns the test set.
 *
 * @returns what to say when they were not: every difference, with a run on each side
 */
export function differentData(runs: readonly ReportRun[]): InvolveError | undefined {
  const [first, ...others] = runs;
  const problems: Problem[] = [];
  const told = new Set<string>();
  for (const other of others) {
    const same = sameFingerprint(first, other);
    if (same === true) continue;
    const differences = compareConfigs(first.experiment.data, other.experiment.data).filter(
      ({ path }) => !HARMLESS.has(path),
    );
    for (const { path, before, after } of differences) {
      if (told.has(path)) continue;
      told.add(path);
      problems.push({
        what: `data.${path} is ${show(before)} in ${first.dir} but ${show(after)} in ${other.dir}`,
      });
    }
    if (same === false && differences.length === 0 && !told.has('')) {
      told.add('');
      problems.push({
        what: `the images are not the same in ${first.dir} and ${other.dir}, though their configs say the same of the data`,
      });
    }
  }
  if (problems.length === 0) return undefined;
  const list: Problem[] = [
    { what: 'runs over different data cannot be compared' },
    ...problems.slice(0, -1),
    { ...problems.at(-1)!, try: 'a report of each group of runs that share their data' },
  ];
  return badInput('E_REPORT_DATA', list);
}

/** Runs may be compared when the same metric counts in them. */
export function differentMetrics([first, ...others]: readonly ReportRun[]): InvolveError | undefined {
  const { primary } = first.measured;
  const other = others.find(({ measured }) => !isDeepStrictEqual(measured.primary, primary));
  if (other === undefined) return undefined;
  return badInput('E_REPORT_METRICS', {
    what:
      `runs that are measured otherwise cannot be compared: what counts is ${primary.title} in ${first.dir} ` +
      `but ${other.measured.primary.title} in ${other.dir}`,
    try: 'a report of each group of runs that share what they are measured by',
  });
}

// --- internal ---

/** They change no image that a model is trained or validated on. */
const HARMLESS: ReadonlySet<string> = new Set(['dir', 'skipBadImages', 'limit.test']);

/** Undefined where it cannot be told. */
function sameFingerprint(a: ReportRun, b: ReportRun): boolean | undefined {
  const [one, other] = [a, b].map(({ environment }) => environment.data?.fingerprint);
  return one === undefined || other === undefined ? undefined : one === other;
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

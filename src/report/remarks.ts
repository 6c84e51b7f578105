import { FEWEST_PAIRS } from '../metrics/statistics.js';
import { claimsFinding } from './claims.js';
import type { Metric } from '../metrics/metric.js';
import { pointsText, signedText, unitText, valueText } from '../metrics/metric-text.js';
import { epochsText } from '../runs/missing-epochs.js';
import { counted, NOTHING, times } from '../util/number-text.js';
import { titleCase } from './title-text.js';
import { mixedProperties } from './tables/record-tables.js';
import type { Report } from './report.js';
import type { ReportRow } from './row.js';

/** What was compared on which images: a sentence or two. */
export function subject(report: Report): string {
  const runs = report.groups.flatMap((group) => group.runs);
  const { data } = report.groups[0].experiment;
  const { train, validation } = imageCounts(report);
  const images =
    train === undefined || validation === undefined
      ? ''
      : `: ${train.toLocaleString('en-US')} images to train on, ${validation.toLocaleString('en-US')} to validate`;
  return (
    `${counted(report.rows.length, 'config')}, ${counted(runs.length + report.missing.length, 'run')}, on ` +
    `${data.name} at ${data.inputSize}×${data.inputSize}${images}. Base: ${report.base}.`
  );
}

/** The answer: how the claims fared, then a sentence a config, what a change did and at what cost. */
export function findings({ rows, base, claims, metric }: Report): string[] {
  const claimed = claimsFinding(claims);
  return [
    ...(claimed === undefined ? [] : [claimed]),
    ...rows.filter((row) => !row.isBase).map((row) => findingOf(row, base, metric)),
  ];
}

/** What a reader must know before believing the numbers. */
export function warnings(report: Report): string[] {
  return [
    ...validationWarning(report),
    ...countWarnings(report),
    ...lostRowsWarning(report),
    ...seedWarning(report),
    ...mixedWarning(report),
  ];
}

/** How the numbers are to be read. */
export function readingNotes(report: Report): string[] {
  const { validation } = imageCounts(report);
  const comparisons = report.rows.length - 1;
  const { metric } = report;
  const unit = unitText(metric) === '' ? '' : ` in${unitText(metric)}`;
  return [
    `${titleCase(metric.title)}${unit} of the validation images, mean ± standard deviation over seeds. The best epoch is ` +
      'chosen by the images it is measured on, so it flatters; the last epoch does not.',
    ...(validation === undefined || metric.unit !== 'share' || metric.of !== undefined
      ? []
      : [`One of ${validation} validation images is ${pointOf(validation)} points.`]),
    ...(comparisons < 1
      ? []
      : [
          `Δ is the mean difference to the base over the seeds both have${pointsText(metric) && ', in points'}, with its 95 % interval by ` +
            "Student's t (a paired test). Better or worse: the interval leaves out zero. Within noise: it does not, and " +
            'ten seeds that differ like these would not do it either. Too few seeds to tell: ten would, or there are ' +
            `fewer than ${FEWEST_PAIRS}. ` +
            'The interval speaks of other seeds, not of other images.',
        ]),
    ...(comparisons < 2
      ? []
      : [
          `There are ${comparisons} comparisons, each at 95 %: of twenty changes that do nothing one looks like something.`,
        ]),
  ];
}

/** How the costs are to be read. */
export function costNotes({ rows }: Report): string[] {
  if (rows.every(({ milliseconds }) => milliseconds === null)) return [];
  return [
    'Milliseconds are those of a training step, divided by its images, as the runs recorded them: median over epochs and ' +
      'over seeds, without waiting for images. Whatever else the machine did is in them; involve bench measures configs ' +
      'in turn.',
  ];
}

// --- internal ---

function findingOf(
  { name, best, parametersRatio, macsRatio }: ReportRow,
  base: string,
  metric: Metric,
): string {
  const cost = `${times(parametersRatio)} the parameters and ${times(macsRatio)} the multiply-adds`;
  const priced = parametersRatio === null || macsRatio === null ? '' : ` It has ${cost} of ${base}.`;
  const { mean, interval, count, verdict } = best.difference!;
  if (mean === null)
    return `${name}: no seed that finished here and in ${base}, so nothing to compare.${priced}`;
  const signed = (value: number): string => signedText(metric, value);
  const points = `${signed(mean)}${pointsText(metric)}`;
  const range = interval === null ? '' : `, 95 % interval ${signed(interval.low)} … ${signed(interval.high)}`;
  const measured = `(${points}${range}, ${counted(count, 'seed')})`;
  const says = {
    better: `${name} is better than ${base} ${measured}.`,
    worse: `${name} is worse than ${base} ${measured}.`,
    'within noise': `${name} differs from ${base} by no more than noise ${measured}.`,
    'too few seeds to tell': `${name}: too few seeds to tell it from ${base} ${measured}.`,
  };
  return says[verdict] + priced;
}

/** The words that mark numbers which are no estimate of new data. */
function validationWarning({ groups }: Report): string[] {
  if (!groups.some(({ experiment }) => experiment.data.validation === 'test')) return [];
  return [
    'The validation images are the test set (data.validation: test), as in the articles: the epoch was chosen on ' +
      'the images it is measured on, so these numbers are no estimate for new images.',
  ];
}

function countWarnings({ groups, missing }: Report): string[] {
  const runs = groups.flatMap((group) => group.runs);
  const lost = [...runs.filter(({ status }) => status !== 'finished'), ...missing];
  const repeats = groups.flatMap((group) => group.repeats);
  const byStatus = new Map<string, number>();
  for (const { status } of lost) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  const list = [...byStatus].map(([status, count]) => `${count} ${status}`).join(', ');
  const diverged = byStatus.has('diverged')
    ? ' A mean without the seeds that diverged flatters its config.'
    : '';
  return [
    ...(lost.length === 0
      ? []
      : [
          `${lost.length} of ${runs.length + missing.length} runs did not finish and are not counted (${list}); ` +
            `they are listed below.${diverged}`,
        ]),
    ...(repeats.length === 0
      ? []
      : [
          `${counted(repeats.length, 'run repeats', 'runs repeat')} a seed of the same config: the first is counted.`,
        ]),
  ];
}

/** What is gone of runs that count. */
function lostRowsWarning({ groups }: Report): string[] {
  return groups
    .flatMap((group) => group.runs)
    .filter(({ lost }) => lost.length > 0)
    .map(
      ({ dir, lost }) =>
        `The metrics.csv of ${dir} lacks ${epochsText(lost)}, which the run has finished: its best and last epoch ` +
        'are those of what is left. involve train with --resume puts back what its events.jsonl has.',
    );
}

function seedWarning({ rows }: Report): string[] {
  const few = rows.filter(({ finished }) => finished < FEWEST_PAIRS);
  if (few.length === 0) return [];
  const names =
    few.length === rows.length ? 'All configs have' : `${few.map(({ name }) => name).join(', ')}:`;
  return [`${names} fewer than ${FEWEST_PAIRS} finished seeds; without more of them no verdict is given.`];
}

function mixedWarning(report: Report): string[] {
  const mixed = mixedProperties(report);
  if (mixed.length === 0) return [];
  return [`Not all runs were made alike; they differ in: ${mixed.join(', ')} (see the environment).`];
}

function imageCounts({ groups }: Report): { train?: number; validation?: number } {
  for (const { environment } of groups.flatMap((group) => group.runs)) {
    const counts = environment.data?.counts;
    if (counts !== undefined) return counts;
  }
  return {};
}

function pointOf(images: number): string {
  return images === 0
    ? NOTHING
    : images > 2000
      ? (100 / images).toFixed(3)
      : valueText({ unit: 'share' }, 1 / images);
}

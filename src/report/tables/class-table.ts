import { describeValues } from '../../metrics/statistics.js';
import { meanText } from '../../metrics/metric-text.js';
import { NOTHING } from '../../util/number-text.js';
import type { RunGroup } from '../read/group-runs.js';
import type { ReportRun, SplitScores } from '../read/report-run.js';
import { numbers, words, type Table } from './table.js';

/** How well each class is recognised by each config. */
export interface ClassReport {
  readonly split: SplitScores['split'];
  readonly table: Table;
}

/**
 * Recall of every class (the share of its images that was recognised), mean ± sd over seeds: on test where
 * all runs that count were evaluated there, else on validation; undefined where neither is there for all.
 */
export function classReport(groups: readonly RunGroup[]): ClassReport | undefined {
  const shown = groups.filter(({ counted }) => counted.length > 0);
  if (shown.length === 0) return undefined;
  const runs = shown.flatMap(({ counted }) => counted);
  const split = (['test', 'validation'] as const).find((each) => areComparable(runs, each));
  if (split === undefined) return undefined;
  const classes = classesOn(runs[0], split)!;
  return {
    split,
    table: {
      columns: [words('class'), numbers('images'), ...shown.map(({ name }) => numbers(name))],
      rows: classes.map(({ name, images }, c) => [
        name,
        String(images),
        ...shown.map(({ counted }) => {
          const recalls = counted.map((run) => classesOn(run, split)![c].recall);
          return recalls.includes(null) ? NOTHING : meanText(RECALL, describeValues(recalls as number[]));
        }),
      ]),
    },
  };
}

// --- internal ---

const RECALL = { unit: 'share' } as const;

function scoresOn(run: ReportRun, split: SplitScores['split']): SplitScores | undefined {
  return run.scores.find((scores) => scores.split === split);
}

function classesOn(run: ReportRun, split: SplitScores['split']): SplitScores['classes'] {
  return scoresOn(run, split)?.classes;
}

/** All were measured, on the same images and classes. */
function areComparable(runs: readonly ReportRun[], split: SplitScores['split']): boolean {
  if (runs.some((run) => classesOn(run, split) === undefined)) return false;
  const what = runs.map((run) =>
    JSON.stringify([scoresOn(run, split)!.fingerprint, classesOn(run, split)!.map(({ name }) => name)]),
  );
  return new Set(what).size === 1;
}

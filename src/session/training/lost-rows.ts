import type { TaskMetrics } from '../../metrics/metric.js';
import { epochsText, missingEpochs } from '../../runs/missing-epochs.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import type { RunRecord } from '../../runs/run-folder.js';
import { runPaths } from '../../runs/run-paths.js';
import { badInput } from '../../util/errors.js';
import { rowOfFields } from './epoch-record.js';

/**
 * The rows of metrics.csv that are gone, as events.jsonl has them. Every finished epoch has a row, once.
 *
 * @param finished how many epochs the run has finished
 * @throws InvolveError (exit code 2) for a row that is there twice, and for rows that are gone and cannot be put back
 */
export function lostRows(
  { metrics: rows, events }: Pick<RunRecord, 'metrics' | 'events'>,
  finished: number,
  metrics: TaskMetrics,
  shown: string,
): EpochMetrics[] {
  const where = runPaths(shown).metrics;
  const there = new Set<number>();
  for (const { epoch } of rows) {
    if (there.has(epoch) && epoch <= finished) {
      const what = `metrics.csv has epoch ${epoch} twice`;
      throw badInput('E_METRICS_DAMAGED', { what, where, try: 'delete the row that is wrong' });
    }
    there.add(epoch);
  }
  const missing = missingEpochs(rows, finished);
  const found = missing.map((epoch) => {
    const event = events.findLast((each) => each.type === 'epoch' && each.epoch === epoch);
    return event && rowOfFields(event, metrics);
  });
  const gone = missing.filter((_, index) => found[index] === undefined);
  if (gone.length === 0) return found as EpochMetrics[];
  throw badInput('E_METRICS_GONE', {
    what: `metrics.csv lacks ${epochsText(gone)}, which the run has finished, and events.jsonl does not have them whole`,
    where,
    try: 'put the file back from a copy, or start another run by --out DIR',
  });
}

/** What is said of rows that are put back. */
export function putBackText(lost: readonly EpochMetrics[], shown: string): string {
  return `${epochsText(lost.map(({ epoch }) => epoch))} put back into ${shown}/metrics.csv from events.jsonl`;
}

import { existsSync } from 'node:fs';
import { resumeRun, type RunRecord } from '../../runs/run-folder.js';
import { runPaths } from '../../runs/run-paths.js';
import { recordedMetrics } from '../../tasks/recorded-metrics.js';
import { lostRows, putBackText } from './lost-rows.js';

/**
 * Looks at a run that has reached its end, where nothing is left to train: rows of metrics.csv that are gone are put back
 * from events.jsonl, and what else is gone is told.
 *
 * @param record of a run that has a summary
 * @param shown its folder as the user would type it
 * @returns what the user should know
 * @throws InvolveError (exit code 2) for rows that are gone and cannot be put back
 */
export async function mendFinishedRun(record: RunRecord, shown: string): Promise<string[]> {
  const { environment, events, dir } = record;
  const { epochs } = record.summary!;
  const notes = [
    ...(events.length === 0 ? [`${shown}/events.jsonl is gone: what happened is on record no more`] : []),
    ...(environment.data === undefined
      ? [`${shown}/environment.json is gone: nothing says which data, code and machine the run had`]
      : []),
    ...(existsSync(runPaths(dir).checkpoint('best'))
      ? []
      : [`${shown}/checkpoints/best.safetensors is gone: the run has no weights to evaluate or export`]),
  ];
  const lost = lostRows(record, epochs, recordedMetrics(environment.metrics), shown);
  if (lost.length === 0) return notes;
  const run = await resumeRun({ dir });
  try {
    await run.restoreMetrics(epochs, lost);
  } finally {
    await run.close();
  }
  return [...notes, putBackText(lost, shown)];
}

import type { LayersModel } from '../../engine/tf.js';
import type { Experiment } from '../../config/schema.js';
import type { TaskMetrics } from '../../metrics/metric.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import { epochsText } from '../../runs/missing-epochs.js';
import type { RunRecord } from '../../runs/run-folder.js';
import { runPaths, type CheckpointName } from '../../runs/run-paths.js';
import { fromStored } from '../../train/checkpoint-tensors.js';
import { checkState, type Best, type TrainingState } from '../../train/state.js';
import { badInput, type InvolveError } from '../../util/errors.js';
import { shellWord } from '../../util/shell-words.js';
import { lostRows, putBackText } from './lost-rows.js';

/** Where a stopped run stands, and what is to be put right before it goes on. */
export interface Standing {
  /** Undefined where nothing was saved before it was stopped: it starts again. */
  readonly state: TrainingState | undefined;
  /** Rows of metrics.csv that are gone and that events.jsonl still has. */
  readonly lost: readonly EpochMetrics[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** What a state must fit. */
export interface Fits {
  readonly model: LayersModel;
  readonly experiment: Pick<Experiment, 'train'>;
  readonly metrics: TaskMetrics;
}

/**
 * Finds out where a stopped run stands, by reading alone: that its checkpoints are whole and of this model, and that
 * nothing is missing of what `last` has counted.
 *
 * @param shown the folder as the user would type it
 * @throws InvolveError (exit code 2) for a checkpoint that is gone, damaged or of another model, and for rows that are
 * gone and cannot be put back
 */
export async function standingOf(record: RunRecord, fits: Fits, shown: string): Promise<Standing> {
  const last = await stateIn(record, 'last', fits, shown);
  const best = await stateIn(record, 'best', fits, shown);
  if (last === undefined) {
    if (wasSaved(record, best)) throw lastIsGone(best, shown);
    const isAgain = record.metrics.length > 0 || record.events.length > 1;
    const again = 'the run was stopped before its first checkpoint: it starts again';
    return { state: undefined, lost: [], notes: isAgain ? [again] : [] };
  }
  const notes: string[] = [];
  if (record.events.length === 0)
    notes.push(`${shown}/events.jsonl is gone: what happened is on record from now on`);
  if (record.environment.data === undefined)
    notes.push(`${shown}/environment.json is gone: nothing says whether data and engine are those of before`);
  const lost = lostRows(record, last.progress.epoch, fits.metrics, shown);
  if (lost.length > 0) notes.push(putBackText(lost, shown));
  const { kept, notes: ofKept } = await keptOf(record, last, fits, shown);
  notes.push(...ofKept);
  const state = kept === undefined ? last : { ...last, progress: { ...last.progress, kept } };
  const before = last.progress.best;
  if (before === null || best !== undefined) return { state, lost, notes };
  notes.push(
    `${shown}/checkpoints/best.safetensors is gone, which was of epoch ${before.epoch}: the best is looked for from here on`,
  );
  return { state: { ...state, progress: { ...state.progress, best: null } }, lost, notes };
}

// --- internal ---

async function stateIn(
  record: RunRecord,
  name: CheckpointName,
  { model, experiment }: Fits,
  shown: string,
): Promise<TrainingState | undefined> {
  const file = await record.checkpoint(name);
  if (file === undefined) return undefined;
  const source = runPaths(shown).checkpoint(name);
  const state = fromStored(file, source);
  checkState(model, experiment.train, state, source);
  return state;
}

/** The epochs whose checkpoints are still there, of those that are kept; undefined where none are to be. */
async function keptOf(
  record: RunRecord,
  { progress: { kept } }: TrainingState,
  fits: Fits,
  shown: string,
): Promise<{ kept?: readonly Best[]; notes: string[] }> {
  if (kept === undefined) return { notes: [] };
  const there: Best[] = [];
  for (const each of kept) {
    if ((await stateIn(record, `epoch-${each.epoch}`, fits, shown)) !== undefined) there.push(each);
  }
  const gone = kept.filter((each) => !there.includes(each)).map(({ epoch }) => epoch);
  const notes =
    gone.length > 0
      ? [`${shown}/checkpoints: what was kept of ${epochsText(gone)} is gone, and has no part in the average`]
      : [];
  return { kept: there, notes };
}

/** Whether `last` was there once. A run killed at the end of its first epoch has rows and `best`, and never had it. */
function wasSaved({ events }: RunRecord, best: TrainingState | undefined): boolean {
  return events.length === 0
    ? best !== undefined
    : events.some(({ type, name }) => type === 'checkpoint' && name === 'last');
}

function lastIsGone(best: TrainingState | undefined, shown: string): InvolveError {
  const paths = runPaths(shown);
  const copy = `cp ${shellWord(paths.checkpoint('best'))} ${shellWord(paths.checkpoint('last'))}`;
  return badInput('E_CHECKPOINT_GONE', {
    what: `the checkpoint that the run goes on from is gone${best ? `; ${paths.checkpoint('best')} is there, of epoch ${best.progress.epoch}` : ''}`,
    where: paths.checkpoint('last'),
    try: best
      ? `put it back, or go on from the best epoch: ${copy}`
      : 'put it back, or start another run by --out DIR',
  });
}

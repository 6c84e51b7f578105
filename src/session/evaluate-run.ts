import { join } from 'node:path';
import { openBatchStream } from '../data/stream/open-batch-stream.js';
import { openDataset, type SplitName } from '../data/dataset.js';
import { drawFigure } from '../report/figures/draw-figure.js';
import { writeEvaluation, type EvaluationFields } from '../runs/record/evaluation.js';
import type { EvaluationFile, EvaluationPicture } from '../tasks/task.js';
import { refuseOtherTargets } from '../tasks/task-of.js';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { InvolveError, type Problem } from '../util/errors.js';
import { loadSharp } from '../data/formats/decode-image.js';
import { examinePredicted } from './examine-split.js';
import { hasViews, PLAIN, viewsSuffix, withViews, type Views } from './predicting/views.js';
import { movedData } from './moved-data.js';
import { openTrained } from './open-trained.js';

export interface EvaluationRequest {
  readonly cwd: string;
  readonly split: SplitName;
  /** Folder of the data, in the place of data.dir. */
  readonly data?: string;
  /** The name of one of the run's checkpoints, in the place of the best. */
  readonly checkpoint?: string;
  readonly views?: Views;
  /** Called with what a reader of the results should know of the data. */
  readonly onNote: (text: string) => void;
}

export interface EvaluatedRun {
  /** As it is recorded: with each metric under its name, and what else the task says. */
  readonly evaluation: EvaluationFields;
  /** What the task says of it for people. */
  readonly lines: readonly string[];
  /** Each with what it shows, and its path as the user would type it. */
  readonly pictures: readonly { readonly title: string; readonly path: string }[];
  /** Why nothing could be written into the run's folder, which others may own; the results are worth no less. */
  readonly unsaved: Problem | undefined;
}

/**
 * Measures a trained run, or a file that was made of one, on one split of its data. What the task says of a run is
 * written into its folder.
 * @throws InvolveError: exit code 2 where the data has other targets than the run
 */
export async function evaluateRun(
  run: string,
  { cwd, split, data, checkpoint, views = PLAIN, onNote }: EvaluationRequest,
): Promise<EvaluatedRun> {
  const opened = await openTrained(run, { cwd, data, checkpoint });
  const { experiment, task, dir, shown } = opened;
  const predictor = withViews(opened.predictor, task, views);
  const dataset = await openDataset(experiment.data, { cwd, splits: [split] }).catch((error: unknown) => {
    throw movedData(error);
  });
  try {
    refuseOtherTargets(opened, dataset, shown);
    for (const text of dataset.notes) onNote(text);
    const { train, augment } = experiment;
    const source = openBatchStream(dataset[split], {
      batchSize: train.batchSize,
      seed: train.seed,
      augment,
      training: false,
      workers: experiment.data.workers,
    });
    const { inputSize } = experiment.data;
    // What counts of a run are its best weights: others have files of their own.
    const ofWeights = checkpoint === undefined || checkpoint === 'best' ? split : `${split}-${checkpoint}`;
    const of = `${ofWeights}${viewsSuffix(views)}`;
    const title = `${experiment.name}, ${of}`;
    const { count, report } = await examinePredicted({ predictor, task, source, inputSize }, title);
    await source.close();
    const evaluation: EvaluationFields = {
      run: shown,
      split,
      images: count,
      checkpoint: opened.checkpoint,
      epoch: opened.epoch,
      ...(hasViews(views) && views),
      ...report.record,
      data: { name: dataset.name, fingerprint: dataset.fingerprint },
      engine: opened.description,
    };
    const nameOf = ({ stem, ending }: EvaluationFile): string => `${stem}-${of}.${ending}`;
    // A file that was made of a run has no folder of results.
    if (dir === undefined) return { evaluation, lines: report.lines, pictures: [], unsaved: undefined };
    const unsaved = await problemOf(async () => {
      for (const file of report.files) await writeFileAtomic(join(dir, nameOf(file)), await contentOf(file));
      await writeEvaluation(dir, evaluation, of);
    });
    const pictures = report.files
      .filter(({ ending }) => unsaved === undefined && ending !== 'csv')
      .map((file) => ({ title: file.title, path: join(shown, nameOf(file)) }));
    return { evaluation, lines: report.lines, pictures, unsaved };
  } finally {
    await dataset.close();
    await opened.close();
  }
}

// --- internal ---

/** The first problem of what is written, if it is one that the user can act on. */
async function problemOf(write: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (error instanceof InvolveError) return error.problems[0];
    throw error;
  }
}

async function contentOf(file: EvaluationFile): Promise<string | Uint8Array> {
  if (file.ending === 'csv') return file.text;
  if (file.ending === 'png') return pngOf(file.picture);
  const { title, spec } = file.figure;
  return drawFigure(spec, { standalone: { title } });
}

async function pngOf({ width, height, pixels }: EvaluationPicture): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

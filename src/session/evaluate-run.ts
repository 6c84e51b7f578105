import { join } from 'node:path';
import { openBatchStream } from '../data/stream/open-batch-stream.js';
import { openDataset, type SplitName } from '../data/dataset.js';
import { ConfusionMatrix } from '../metrics/confusion.js';
import { drawConfusion } from '../runs/confusion-picture.js';
import { evaluate } from '../train/evaluate.js';
import { withPredictor } from '../train/predictor.js';
import { writeFileAtomic } from '../util/atomic-write.js';
import { badInput } from '../util/errors.js';
import { openRun } from './open-run.js';

/** What `evaluation-<split>.json` says of a trained run. */
export interface Evaluation {
  readonly run: string;
  readonly split: SplitName;
  readonly images: number;
  readonly checkpoint: string;
  readonly epoch: number;
  readonly top1: number;
  readonly top5: number;
  readonly loss: number;
  readonly macro: ReturnType<ConfusionMatrix['macro']>;
  readonly classes: ReturnType<ConfusionMatrix['perClass']>;
  readonly data: { readonly name: string; readonly fingerprint: string };
  readonly engine: string;
}

export interface EvaluationRequest {
  readonly cwd: string;
  readonly split: SplitName;
  /** Folder of the data, in the place of data.dir. */
  readonly data?: string;
  /** Called with what a reader of the results should know of the data. */
  readonly onNote: (text: string) => void;
}

/**
 * Measures a trained run on one split of its data, and writes scores and the confusion matrix, as CSV and picture, into
 * its folder.
 *
 * @returns the scores, and the picture as the user would type it
 * @throws InvolveError: exit code 2 where the data has other classes than the run
 */
export async function evaluateRun(
  run: string,
  { cwd, split, data, onNote }: EvaluationRequest,
): Promise<{ evaluation: Evaluation; picture: string }> {
  const opened = await openRun(run, cwd, data === undefined ? [] : [`data.dir=${data}`]);
  const { experiment, classes, model, dir, shown } = opened;
  const dataset = await openDataset(experiment.data, { cwd, splits: [split] });
  try {
    if (dataset.classes.join() !== classes.join()) {
      throw badInput('E_EVAL_CLASSES', {
        what: `the classes of the data are not those of the run: ${dataset.classes.join(', ')}; the run has ${classes.join(', ')}`,
        where: shown,
        try: '--data with a folder of the same classes',
      });
    }
    for (const text of dataset.notes) onNote(text);
    const { train, augment } = experiment;
    const stream = openBatchStream(dataset[split], {
      batchSize: train.batchSize,
      seed: train.seed,
      augment,
      training: false,
    });
    const matrix = new ConfusionMatrix(classes);
    const { inputSize } = experiment.data;
    const scores = (await withPredictor(opened.engine, model, (predictor) =>
      evaluate(predictor, stream, inputSize, (logits, labels) => matrix.update(logits, labels)),
    ))!;
    await stream.close();
    const evaluation: Evaluation = {
      run: shown,
      split,
      images: scores.count,
      checkpoint: opened.checkpoint,
      epoch: opened.epoch,
      top1: scores.top1,
      top5: scores.top5,
      loss: scores.loss,
      macro: matrix.macro(),
      classes: matrix.perClass(),
      data: { name: dataset.name, fingerprint: dataset.fingerprint },
      engine: opened.engine.description,
    };
    await writeFileAtomic(join(dir, `confusion-${split}.csv`), matrix.toCsv());
    const picture = `confusion-${split}.svg`;
    await writeFileAtomic(join(dir, picture), drawConfusion(matrix, `${experiment.name}, ${split}`));
    await writeFileAtomic(join(dir, `evaluation-${split}.json`), `${JSON.stringify(evaluation, null, 2)}\n`);
    return { evaluation, picture: join(shown, picture) };
  } finally {
    await dataset.close();
    await opened.close();
  }
}

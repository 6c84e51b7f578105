import { join } from 'node:path';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { openDataset, type SplitName } from '../../data/dataset.js';
import { ConfusionMatrix } from '../../metrics/confusion.js';
import { drawConfusion } from '../../runs/confusion-picture.js';
import { writeFileAtomic } from '../../util/atomic-write.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { lossText } from '../render/loss-text.js';
import type { CommandRun } from '../command.js';
import { openRunModel } from '../../session/run-model.js';

/** `involve eval RUN`: top-1, top-5, loss, scores of every class and the confusion matrix, as CSV and picture. */
export const run: CommandRun = async ([target], options, { print, note, cwd }) => {
  const split = (options.split as SplitName | undefined) ?? 'test';
  const data = options.data as string | undefined;
  const opened = await openRunModel(target, cwd, data === undefined ? [] : [`data.dir=${data}`]);
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
    for (const text of dataset.notes) note(`note: ${text}`);
    const [{ evaluate }, { withPredictor }] = await Promise.all([
      import('../../train/evaluate.js'),
      import('../../train/predictor.js'),
    ]);
    const stream = openBatchStream(dataset[split], {
      batchSize: experiment.train.batchSize,
      seed: experiment.train.seed,
      augment: experiment.augment,
      training: false,
    });
    const matrix = new ConfusionMatrix(classes);
    const { inputSize } = experiment.data;
    const scores = (await withPredictor(opened.engine, model, (predictor) =>
      evaluate(predictor, stream, inputSize, (logits, labels) => matrix.update(logits, labels)),
    ))!;
    await stream.close();
    const files = {
      confusionCsv: join(dir, `confusion-${split}.csv`),
      confusionPicture: join(dir, `confusion-${split}.svg`),
      evaluation: join(dir, `evaluation-${split}.json`),
    };
    const result = {
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
    await writeFileAtomic(files.confusionCsv, matrix.toCsv());
    await writeFileAtomic(files.confusionPicture, drawConfusion(matrix, `${experiment.name}, ${split}`));
    await writeFileAtomic(files.evaluation, `${JSON.stringify(result, null, 2)}\n`);
    if (options.json) print(JSON.stringify(result));
    else for (const line of lines(result, join(shown, `confusion-${split}.svg`))) print(line);
    return ExitCode.ok;
  } finally {
    await dataset.close();
  }
};

// --- internal ---

interface Result {
  readonly run: string;
  readonly split: string;
  readonly images: number;
  readonly checkpoint: string;
  readonly epoch: number;
  readonly top1: number;
  readonly top5: number;
  readonly loss: number;
  readonly macro: ReturnType<ConfusionMatrix['macro']>;
  readonly classes: ReturnType<ConfusionMatrix['perClass']>;
}

function lines(result: Result, picture: string): string[] {
  const percent = (share: number | null): string =>
    (share === null ? '–' : (100 * share).toFixed(1)).padStart(9);
  const width = Math.max(5, ...result.classes.map(({ name }) => name.length));
  return [
    `${result.run}, ${result.checkpoint} checkpoint (epoch ${result.epoch}), ${result.images} images of ${result.split}`,
    `top-1 ${(100 * result.top1).toFixed(2)} %, top-5 ${(100 * result.top5).toFixed(2)} %, loss ${lossText(result.loss)}`,
    '',
    `${'class'.padEnd(width)}  ${['images', 'precision', 'recall', 'F1'].map((title) => title.padStart(9)).join(' ')}`,
    ...result.classes.map(
      ({ name, images, precision, recall, f1 }) =>
        `${name.padEnd(width)}  ${String(images).padStart(9)} ${percent(precision)} ${percent(recall)} ${percent(f1)}`,
    ),
    `${'mean'.padEnd(width)}  ${''.padStart(9)} ${percent(result.macro.precision)} ${percent(result.macro.recall)} ${percent(result.macro.f1)}`,
    '',
    `confusion matrix: ${picture}`,
  ];
}

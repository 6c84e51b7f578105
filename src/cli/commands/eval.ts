import { join } from 'node:path';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { openDataset, type SplitName } from '../../data/dataset.js';
import type { EvaluationFile } from '../../tasks/task.js';
import { writeFileAtomic } from '../../util/atomic-write.js';
import { badInput, ExitCode } from '../../util/errors.js';
import type { CommandRun } from '../command.js';
import { openRunModel } from '../../session/run-model.js';

/** `involve eval RUN`: the metrics of a split, and what the task says beside them: of a classifier, its confusion. */
export const run: CommandRun = async ([target], options, { print, note, cwd }) => {
  const split = (options.split as SplitName | undefined) ?? 'test';
  const data = options.data as string | undefined;
  const opened = await openRunModel(target, cwd, data === undefined ? [] : [`data.dir=${data}`]);
  const { experiment, classes, task, model, dir, shown } = opened;
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
    const { examineSplit } = await import('../../session/examine-split.js');
    const source = openBatchStream(dataset[split], {
      batchSize: experiment.train.batchSize,
      seed: experiment.train.seed,
      augment: experiment.augment,
      training: false,
    });
    const { count, report } = await examineSplit(
      { engine: opened.engine, model, task, source, inputSize: experiment.data.inputSize },
      `${experiment.name}, ${split}`,
    );
    await source.close();
    const result = {
      run: shown,
      split,
      images: count,
      checkpoint: opened.checkpoint,
      epoch: opened.epoch,
      ...report.record,
      data: { name: dataset.name, fingerprint: dataset.fingerprint },
      engine: opened.engine.description,
    };
    const nameOf = ({ stem, ending }: EvaluationFile): string => `${stem}-${split}.${ending}`;
    for (const file of report.files) await writeFileAtomic(join(dir, nameOf(file)), file.text);
    await writeFileAtomic(join(dir, `evaluation-${split}.json`), `${JSON.stringify(result, null, 2)}\n`);
    if (options.json) {
      print(JSON.stringify(result));
      return ExitCode.ok;
    }
    print(`${shown}, ${opened.checkpoint} checkpoint (epoch ${opened.epoch}), ${count} images of ${split}`);
    for (const line of report.lines) print(line);
    print('');
    for (const file of report.files) {
      if (file.ending === 'svg') print(`${file.title}: ${join(shown, nameOf(file))}`);
    }
    return ExitCode.ok;
  } finally {
    await dataset.close();
  }
};

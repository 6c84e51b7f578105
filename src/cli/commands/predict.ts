import { csvName, oneLine } from '../../util/one-line.js';
import { ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { count, flag } from '../flags.js';
import { many, runOrFile } from '../operands.js';

/** `involve predict RUN IMAGE…`: what the run's task says of each image; of a classifier, classes with probabilities. */
export const predict = command({
  name: 'predict',
  description: 'classify images with a trained run',
  operands: { run: runOrFile, image: many('image files', { paths: ['image'] }) },
  flags: {
    top: count('n', 'classes per image', { from: 1, default: 5 }),
    json: flag('one JSON object a line'),
    csv: flag('one row a class'),
  },
  example: 'involve predict runs/quickstart/seed-0 photo.jpg --top 3',
  async run({ run, image: images }, { top, json, csv }, { print, cwd }) {
    const { predictImages } = await import('../../session/predict-images.js');
    const { columns, predictions } = await predictImages(run, images, { top, cwd });
    if (json) for (const { image, record } of predictions) print(JSON.stringify({ image, ...record }));
    else if (csv) {
      const { stringify } = await import('csv-stringify/sync');
      const rows = predictions.flatMap(({ image, rows }) => rows.map((cells) => [csvName(image), ...cells]));
      print(stringify([['image', ...columns], ...rows]).trimEnd());
    } else {
      for (const { image, lines } of predictions) {
        print(oneLine(image));
        for (const line of lines) print(`  ${line}`);
      }
    }
    return ExitCode.ok;
  },
});

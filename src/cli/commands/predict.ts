import { ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { count, flag } from '../flags.js';
import { many, run } from '../operands.js';

/** `involve predict RUN IMAGE…`: classes with probabilities. */
export const predict = command({
  name: 'predict',
  description: 'classify images with a trained run',
  operands: { run, image: many('image files', { paths: ['image'] }) },
  flags: {
    top: count('n', 'classes per image', { from: 1, default: 5 }),
    json: flag('one JSON object a line'),
    csv: flag('one row a class'),
  },
  example: 'involve predict runs/quickstart/seed-0 photo.jpg --top 3',
  async run({ run, image: images }, { top, json, csv }, { print, cwd }) {
    const { predictImages } = await import('../../session/predict-images.js');
    const predictions = await predictImages(run, images, { top, cwd });
    if (json) for (const prediction of predictions) print(JSON.stringify(prediction));
    else if (csv) {
      const { stringify } = await import('csv-stringify/sync');
      const rows = predictions.flatMap(({ image, classes }) =>
        classes.map(({ name, probability }, i) => [image, i + 1, name, probability]),
      );
      print(stringify([['image', 'rank', 'class', 'probability'], ...rows]).trimEnd());
    } else {
      for (const { image, classes } of predictions) {
        print(image);
        for (const { name, probability } of classes)
          print(`  ${(100 * probability).toFixed(1).padStart(5)} %  ${name}`);
      }
    }
    return ExitCode.ok;
  },
});

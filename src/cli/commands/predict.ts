import { csvName, oneLine } from '../../util/one-line.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { count, flag, list } from '../flags.js';
import { many, runOrFile } from '../operands.js';
import { viewFlags, viewsOf } from '../view-flags.js';

/** `involve predict RUN IMAGE…`: what the run's task says of each image; of a classifier, classes with probabilities. */
export const predict = command({
  name: 'predict',
  description: 'classify images with a trained run, or with several together',
  operands: {
    run: runOrFile,
    image: many('image files, folders of them, patterns, or - for a list on standard input', {
      paths: ['image', 'folder'],
    }),
  },
  flags: {
    top: count('n', 'classes per image', { from: 1, default: 5 }),
    with: list('run', 'a run that predicts together with the first; may be repeated'),
    ...viewFlags,
    json: flag('one JSON object a line'),
    csv: flag('one row a class'),
  },
  example: 'involve predict runs/quickstart/seed-0 photo.jpg --top 3',
  async run({ run, image: named }, { top, with: others = [], json, csv, ...forms }, { print, cwd }) {
    const [{ listImages }, { predictImages }, { stringify }] = await Promise.all([
      import('../../session/predicting/listed-images.js'),
      import('../../session/predicting/predict-images.js'),
      import('csv-stringify/sync'),
    ]);
    const { images, problems } = await listImages(await withListed(named), cwd);
    const row = (cells: readonly (string | number)[]): void => print(stringify([[...cells]]).trimEnd());
    let hasHeader = false;
    const unread =
      images.length === 0
        ? []
        : await predictImages([run, ...others], images, {
            ...{ top, cwd, views: viewsOf(forms) },
            onPredicted(predictions, columns) {
              if (csv && !json && !hasHeader) row(['image', ...columns]);
              hasHeader = true;
              for (const { image, record, rows, lines } of predictions) {
                if (json) print(JSON.stringify({ image, ...record }));
                else if (csv) for (const cells of rows) row([csvName(image), ...cells]);
                else for (const line of [oneLine(image), ...lines.map((each) => `  ${each}`)]) print(line);
              }
            },
          });
    // Last, so that one bad file of many costs no more than itself.
    const all = [...problems, ...unread];
    if (all.length > 0) throw badInput('E_BAD_IMAGE', all);
    return ExitCode.ok;
  },
});

// --- internal ---

/** The images that are named, with those of a list on standard input in the place of `-`: one a line, or NUL after each. */
async function withListed(named: readonly string[]): Promise<readonly string[]> {
  if (!named.includes('-')) return named;
  const { text } = await import('node:stream/consumers');
  const given = await text(process.stdin);
  const lines = given.split(given.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
  if (lines.length === 0) throw badInput('E_ARGUMENT', { what: 'standard input names no image', where: '-' });
  return named.flatMap((name) => (name === '-' ? lines : [name]));
}

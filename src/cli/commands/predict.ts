import { csvName, oneLine } from '../../util/one-line.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { anyFolder, runs } from '../completes.js';
import { count, flag, list, text } from '../flags.js';
import { many, runOrFile } from '../operands.js';
import { viewFlags, viewsOf } from '../view-flags.js';

/** `involve predict RUN IMAGE…`: what the run's task says of each image; of a classifier, classes with probabilities. */
export const predict = command({
  name: 'predict',
  description: 'classify images, or their pixels, with a trained run, or with several together',
  operands: {
    run: runOrFile,
    image: many('image files, folders of them, patterns, or - for a list on standard input', {
      paths: ['image', 'folder'],
    }),
  },
  flags: {
    top: count('n', 'classes per image', { from: 1, default: 5 }),
    with: list('run', 'a run that predicts together with the first; may be repeated', runs),
    ...viewFlags,
    masks: text('dir', 'of masks: write each as a PNG with a palette', anyFolder),
    overlay: text('dir', 'of masks: write each in colours over its image', anyFolder),
    json: flag('one JSON object a line'),
    csv: flag('one row a class'),
  },
  example: 'involve predict runs/quickstart/seed-0 photo.jpg --top 3',
  async run(
    { run, image: named },
    { top, with: others = [], masks, overlay, json, csv, ...forms },
    { print, cwd },
  ) {
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
            ...{ top, cwd, views: viewsOf(forms), masks: filesOf(masks, overlay) },
            onPredicted(predictions, columns) {
              if (csv && !json && !hasHeader) row(['image', ...columns]);
              hasHeader = true;
              for (const { image, record, rows, lines, file } of predictions) {
                if (json) print(JSON.stringify({ image, ...record, ...(file !== undefined && { file }) }));
                else if (csv) for (const cells of rows) row([csvName(image), ...cells]);
                else {
                  const title = file === undefined ? image : `${image}: ${file}`;
                  for (const line of [oneLine(title), ...lines.map((each) => `  ${each}`)]) print(line);
                }
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

/** Where masks go, and how. */
function filesOf(
  masks: string | undefined,
  overlay: string | undefined,
): { readonly dir: string; readonly kind: 'mask' | 'overlay' } | undefined {
  if (masks !== undefined && overlay !== undefined) {
    throw badInput('E_ARGUMENT', {
      what: 'masks are written in one way at a time',
      where: '--masks, --overlay',
    });
  }
  if (masks !== undefined) return { dir: masks, kind: 'mask' };
  return overlay === undefined ? undefined : { dir: overlay, kind: 'overlay' };
}

/** The images that are named, with those of a list on standard input in the place of `-`: one a line, or NUL after each. */
async function withListed(named: readonly string[]): Promise<readonly string[]> {
  if (!named.includes('-')) return named;
  const { text: textOf } = await import('node:stream/consumers');
  const given = await textOf(process.stdin);
  const lines = given.split(given.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
  if (lines.length === 0) throw badInput('E_ARGUMENT', { what: 'standard input names no image', where: '-' });
  return named.flatMap((name) => (name === '-' ? lines : [name]));
}

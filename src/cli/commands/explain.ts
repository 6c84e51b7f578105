import { ExitCode } from '../../util/errors.js';
import { command } from '../command.js';
import { anyFolder } from '../completes.js';
import { choice, count, list, points, text } from '../flags.js';
import { any, run } from '../operands.js';
import { showProgress } from '../render/data-progress.js';

/** `involve explain RUN [IMAGE…]`: what a trained run sees, as pictures on one page. */
export const explain = command({
  name: 'explain',
  description: 'pictures of what a trained run sees: kernels, attention, Grad-CAM, its hardest images',
  operands: {
    run,
    image: any('image files (default: some of the test images)', { paths: ['image'] }),
  },
  flags: {
    out: text('dir', 'where the page and the pictures go (default: RUN/explain)', anyFolder),
    layers: list('name', 'layers to draw, by name or by its beginning: stage3 (default: one a stage)'),
    at: points('x,y', 'pixel of what the network sees, for kernels and attention; again for more'),
    groups: count('n', 'at most so many groups or heads of a layer', { from: 1, default: 4 }),
    class: text('name', 'the class that Grad-CAM is of (default: the one that is predicted)'),
    split: choice('name', 'also the hardest images and the most confused pairs of a split', [
      'train',
      'validation',
      'test',
    ]),
    checkpoint: text(
      'name',
      'which weights: best (default), last, averaged, or epoch-<n> of those that are kept',
      {
        words: ['best', 'last', 'averaged'],
      },
    ),
    data: text('dir', 'folder of the data, in the place of data.dir', anyFolder),
  },
  example: 'involve explain runs/quickstart/seed-0 photo.jpg --layers stage3 --at 20,31',
  async run({ run, image: images }, { layers = [], at, class: className, ...flags }, context) {
    const { print, note, cwd } = context;
    const { explainRun } = await import('../../session/explaining/explain-run.js');
    const progress = await showProgress('images of the split', context);
    const onNote = (text: string): void => note(`note: ${text}`);
    const { page, files, explanation } = await explainRun(run, images, {
      ...flags,
      layers: layers.flatMap((given) => given.split(',')),
      points: at,
      className,
      cwd,
      onNote,
      onProgress: (done, total) => progress.update(done, total),
    }).finally(() => progress.stop());
    for (const text of explanation.notes) onNote(text);
    for (const file of files) print(file);
    print(page);
    return ExitCode.ok;
  },
});

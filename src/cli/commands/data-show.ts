import { resolve } from 'node:path';
import { ExitCode } from '../../util/errors.js';
import { refuseUnwritableFile } from '../../util/writing/refuse-unwritable.js';
import { command } from '../command.js';
import { anyFile } from '../completes.js';
import { set } from '../config-flags.js';
import { configOrSet, dataDir } from '../data-flags.js';
import { count, text } from '../flags.js';
import { showProgress } from '../render/data-progress.js';

/** `involve data show [CONFIG|NAME] [--set …] [--out FILE.png] [--count N]`: augmented training images as a picture. */
export const dataShow = command({
  name: 'data show',
  description: 'a picture of training images as the model sees them, augmented',
  operands: { config: configOrSet },
  flags: {
    set,
    dir: dataDir,
    out: text('file', 'the picture (default: data-<name>.png)', anyFile),
    count: count('n', 'how many images (default: 40)', { from: 1 }),
  },
  example: 'involve data show configs/exp3.json --count 20 --out batch.png',
  async run({ config: operand }, flags, context) {
    const { loadTarget } = await import('../../session/data-target.js');
    const { data, augment, train } = await loadTarget(operand, flags, context.cwd);
    const { openDataset } = await import('../../data/dataset.js');
    const { contactSheet } = await import('../../data/contact-sheet.js');
    const { writeFileAtomic } = await import('../../util/writing/atomic-write.js');
    const { count = 40 } = flags;
    const out = flags.out ?? `data-${data.name}.png`;
    refuseUnwritableFile(resolve(context.cwd, out));
    const progress = await showProgress('decoding images, once', context);
    const dataset = await openDataset(data, {
      cwd: context.cwd,
      splits: ['train'],
      // A picture of forty images is no reason to decode a million.
      sample: count,
      randomCrops: augment.randomResizedCrop !== null,
      onProgress: (done, total) => progress.update(done, total),
    }).finally(() => progress.stop());
    try {
      for (const note of dataset.notes) context.note(`note: ${note}`);
      const { classes } = dataset;
      const { seed, batchSize } = train;
      const options = { classes, augment, seed, batchSize, count };
      const picture = await contactSheet(dataset.train, options);
      await writeFileAtomic(resolve(context.cwd, out), picture);
      context.print(out);
    } finally {
      await dataset.close();
    }
    return ExitCode.ok;
  },
});

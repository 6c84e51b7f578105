// An error of the system in one file operation, or from one on: words and an exit code, never a stack or a hang; and a
// run goes on afterwards to the bytes of one that never failed.
import sharp from 'sharp';
import { draw, operationsOf, trainHalf } from './operations.mjs';
import { complaint } from './workspace.mjs';

const CODES = [
  'EACCES',
  'EIO',
  'EISDIR',
  'ELOOP',
  'EMFILE',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOMEM',
  'ENOSPC',
  'EROFS',
];

export const errors = {
  name: 'errors',
  async run(work, times, random) {
    await work.train('straight');
    const straight = work.result('straight');
    await work.run(['sweep', 'sweep.yaml'], {});
    const commands = {
      train: (options, n) => work.train(`train-${n}`, [], options),
      'train --resume': async (options, n) => {
        work.copy('stopped', `resume-${n}`);
        return work.train(`resume-${n}`, ['--resume'], options);
      },
      eval: (options) => work.run(['eval', 'straight'], options),
      predict: (options) => work.run(['predict', 'straight', 'image.png'], options),
      report: (options) => work.run(['report', 'runs/pair', '--out', 'report.html'], options),
      sweep: (options) => work.run(['sweep', 'sweep.yaml'], options),
      summary: (options) => work.run(['summary', 'tiny.json'], options),
      'data check': (options) => work.run(['data', 'check', 'tiny.json'], options),
      'data show': (options, n) =>
        work.run(['data', 'show', 'tiny.json', '--count', '4', '--out', `sheet-${n}.png`], options),
      explain: (options, n) => work.run(['explain', 'straight', 'image.png', '--out', `seen-${n}`], options),
      export: (options, n) =>
        work.run(
          ['export', 'straight', '--format', 'safetensors', '--check', '0', '--out', `weights-${n}`],
          options,
        ),
      import: (options, n) =>
        work.run(
          ['import', 'tiny.json', '--weights', 'straight', '--out', `start-${n}.safetensors`],
          options,
        ),
      'lr-find': (options, n) =>
        work.run(['lr-find', 'tiny.json', '--steps', '10', '--out', `rates-${n}`], options),
      init: (options, n) => work.run(['init', `new-${n}.yaml`], options),
      schema: (options, n) => work.run(['schema', '--out', `schema-${n}.json`], options),
    };
    await sharp({ create: { width: 40, height: 40, channels: 3, background: 'teal' } })
      .png()
      .toFile(work.path('image.png'));
    await trainHalf(work, 'stopped');

    const rows = [];
    for (const [name, run] of Object.entries(commands)) {
      const operations = await operationsOf(work, (options) => run(options, 'count'));
      const outcomes = [];
      for (let n = 0; n < times; n++) {
        const code = CODES[random.integer(CODES.length)];
        const fault = `${code}@${draw(operations, random)}${random.uniform() < 0.3 ? '+' : ''}`;
        const ended = await run({ fault }, n);
        let bad = complaint(ended);
        const out = { train: `train-${n}`, 'train --resume': `resume-${n}` }[name];
        if (bad === undefined && out !== undefined) {
          const again = await work.train(out, ['--resume']);
          bad = again.code === 0 ? undefined : `resume ends with ${again.code}: ${again.stderr.trim()}`;
          if (bad === undefined && work.result(out) !== straight) bad = 'other numbers afterwards';
        }
        outcomes.push(bad && `${fault}: ${bad}`);
      }
      const expected = name.startsWith('train')
        ? 'words and exit code 1 to 3; resumed, the same bytes'
        : 'words and exit code 1 to 3, or the result';
      rows.push({
        fault: `an error in a file operation of \`${name}\` (of ${operations.length})`,
        outcomes,
        expected,
      });
    }
    return rows;
  },
};

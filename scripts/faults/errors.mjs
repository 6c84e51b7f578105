// An error of the system in one file operation, or from one on: words and an exit code, never a stack or a hang; and a
// run goes on afterwards to the bytes of one that never failed.
import { readFileSync, rmSync } from 'node:fs';
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

/** How many file operations a command has. */
async function count(work, run) {
  const log = work.path('operations.log');
  rmSync(log, { force: true });
  await run({ fault: 'COUNT@0', log });
  return readFileSync(log, 'utf8').trim().split('\n').length;
}

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
    };
    const { default: sharp } = await import('sharp');
    await sharp({ create: { width: 40, height: 40, channels: 3, background: 'teal' } })
      .png()
      .toFile(work.path('image.png'));
    await work.train('stopped', [], { fault: 'KILL@60' });

    const rows = [];
    for (const [name, run] of Object.entries(commands)) {
      const operations = await count(work, (options) => run(options, 'count'));
      const outcomes = [];
      for (let n = 0; n < times; n++) {
        const code = CODES[(n + Math.floor(random.uniform() * CODES.length)) % CODES.length];
        const at = 1 + Math.floor(random.uniform() * operations);
        const fault = `${code}@${at}${random.uniform() < 0.3 ? '+' : ''}`;
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
        fault: `an error in a file operation of \`${name}\` (of ${operations})`,
        outcomes,
        expected,
      });
    }
    return rows;
  },
};

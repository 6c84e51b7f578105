// A reader that has gone, and output that has no room.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const INVOLVE = fileURLToPath(new URL('../../bin/involve.js', import.meta.url));

export const output = {
  name: 'output',
  async run(work, times) {
    await work.train('straight');
    const straight = work.result('straight');
    const shell = (command) =>
      spawnSync('bash', ['-c', command.replaceAll('INVOLVE', `'${process.execPath}' '${INVOLVE}'`)], {
        cwd: work.dir,
        env: { ...process.env, INVOLVE_CACHE_DIR: work.path('cache') },
        encoding: 'utf8',
        timeout: 180_000,
      });
    const train = (out) => `INVOLVE train tiny.json --out ${out} --engine wasm --threads 1 --json`;
    const saved = async (out, { stderr }) => {
      if (/^ {4}at /m.test(stderr)) return `a stack: ${stderr}`;
      if (existsSync(work.path(out, 'run.lock'))) return 'the lock is left';
      const { code, stderr: why } = await work.train(out, ['--resume']);
      if (code !== 0) return `resume ends with ${code}: ${why.trim()}`;
      return work.result(out) === straight ? undefined : 'other numbers afterwards';
    };
    const [heads, fulls, commands] = [[], [], []];
    for (let n = 0; n < times; n++) {
      heads.push(await saved(`head-${n}`, shell(`${train(`head-${n}`)} | head -${1 + (n % 5)}`)));
      const full = shell(`${train(`full-${n}`)} > /dev/full`);
      fulls.push(
        full.status === 1 && /cannot be written/.test(full.stderr)
          ? await saved(`full-${n}`, full)
          : full.stderr,
      );
      for (const command of [
        'summary tiny.json',
        'schema',
        'eval straight',
        'report straight',
        'data list',
        '--help',
      ]) {
        const gone = shell(`set -o pipefail; INVOLVE ${command} | true`);
        const isQuiet = gone.stderr === '' && [0, 143].includes(gone.status);
        commands.push(isQuiet ? undefined : `${command} | true: ${gone.status} ${gone.stderr}`);
        const stuffed = shell(`INVOLVE ${command} > /dev/full`);
        const isSaid = stuffed.status === 1 && /^error: .*cannot be written/.test(stuffed.stderr);
        commands.push(isSaid ? undefined : `${command} > /dev/full: ${stuffed.status} ${stuffed.stderr}`);
      }
    }
    return [
      {
        fault: '`train --json | head -N`',
        outcomes: heads,
        expected: 'saved, the lock given back, the same bytes afterwards',
      },
      {
        fault: '`train --json > /dev/full`',
        outcomes: fulls,
        expected: 'saved, said, exit code 1, the same bytes afterwards',
      },
      {
        fault: 'other commands into a closed pipe, into a full disk',
        outcomes: commands,
        expected: 'quiet; said with exit code 1',
      },
    ];
  },
};

// Files of a run that are damaged: told in words, and nothing is changed.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { trainHalf } from './operations.mjs';
import { complaint } from './workspace.mjs';

const FILES = [
  ...['checkpoints/last.safetensors', 'checkpoints/best.safetensors', 'metrics.csv', 'events.jsonl'],
  ...['environment.json', 'config.yaml'],
];

/** All that a folder holds, to see whether it was changed. */
export function contentOf(dir) {
  return readdirSync(dir, { recursive: true })
    .filter((name) => statSync(`${dir}/${name}`).isFile() && !/run\.lock/.test(name))
    .sort()
    .map((name) => `${name} ${readFileSync(`${dir}/${name}`).toString('base64')}`)
    .join('\n');
}

function damaged(bytes, random) {
  const copy = Buffer.from(bytes);
  const at = Math.floor(random.uniform() * copy.length);
  const kind = random.uniform();
  if (kind < 0.4) {
    copy[at] ^= 1 << Math.floor(random.uniform() * 8);
    return copy;
  }
  if (kind < 0.8) return copy.subarray(0, at);
  if (kind < 0.9) return Buffer.alloc(copy.length);
  return Buffer.concat([copy, copy.subarray(0, at)]);
}

export const damage = {
  name: 'damage',
  async run(work, times, random) {
    await trainHalf(work, 'stopped');
    await work.train('done');
    const rows = [];
    for (const file of FILES) {
      const outcomes = [];
      for (let n = 0; n < times; n++) {
        work.copy('stopped', 'hurt');
        const path = work.path('hurt', file);
        writeFileSync(path, damaged(readFileSync(path), random));
        const before = contentOf(work.path('hurt'));
        const ended = await work.train('hurt', ['--resume']);
        const refused = ended.code !== 0;
        const changed = refused && contentOf(work.path('hurt')) !== before;
        outcomes.push(
          complaint(ended) ??
            (changed ? `refused (${ended.stderr.trim()}), and changed the folder` : undefined),
        );

        work.copy('done', 'seen');
        const seen = work.path('seen', file);
        writeFileSync(seen, damaged(readFileSync(seen), random));
        for (const command of [
          ['eval', 'seen'],
          ['report', 'seen'],
        ])
          outcomes.push(complaint(await work.run(command)));
      }
      const expected = 'words and exit code 2, the folder as it was; or goes on';
      rows.push({ fault: `${file}: a bit flipped, cut short, all zeros, grown`, outcomes, expected });
    }
    return rows;
  },
};

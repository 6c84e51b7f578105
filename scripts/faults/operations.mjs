import { readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';

/** The file operations of a command, in order: what each is, and on which kind of file. */
export async function operationsOf(work, run) {
  const log = work.path('operations.log');
  rmSync(log, { force: true });
  await run({ fault: 'COUNT@0', log });
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  rmSync(log);
  return lines.map((line, index) => {
    const [, syscall, path] = /^\d+ (\S+) (.*)$/.exec(line);
    return { at: index + 1, kind: `${syscall} ${basename(path).replace(/[\d-]+|[0-9a-f]{8,}/g, '#')}` };
  });
}

/** Kills a run after its third checkpoint, within the second epoch. */
export async function trainHalf(work, out) {
  const operations = await operationsOf(work, (options) => work.train(`${out}-whole`, [], options));
  const saved = operations.filter(({ kind }) => kind.startsWith('rename .last.'));
  await work.train(out, [], { fault: `KILL@${saved[2].at + 3}` });
}

/** One of them: each kind is as likely, though a checkpoint is a thousand writes and its rename is one. */
export function draw(operations, random) {
  const kinds = [...new Set(operations.map(({ kind }) => kind))];
  const kind = kinds[random.integer(kinds.length)];
  const some = operations.filter((each) => each.kind === kind);
  return some[random.integer(some.length)].at;
}

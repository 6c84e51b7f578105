import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { refusal } from '../util/refusal.testing.js';
import { loadCheckpoint, notARun, openRunForReading } from './read-run.js';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'involve-read-')));
});
afterEach(() => rmSync(dir, { recursive: true }));

function makeRuns(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, name, 'config.yaml'), 'name: a\n');
  }
}

it('a folder above runs gets the names of three, in order, and says that there are more', async () => {
  const inside = async (): Promise<string | undefined> => (await notARun(dir)).problems[0]!.try;
  expect(await inside()).toBe('name a folder that involve train has made, such as runs/exp3/seed-0');
  makeRuns('seed-2', 'seed-0', 'seed-1');
  mkdirSync(join(dir, 'other'));
  const three = ['seed-0', 'seed-1', 'seed-2'].map((name) => join(dir, name)).join(', ');
  expect(await inside()).toBe(`name a run inside: ${three}`);
  makeRuns('seed-3');
  expect(await inside()).toBe(`name a run inside: ${three}, …`);
});

it('they are quoted as a shell needs it', async () => {
  makeRuns('my runs/run 1', 'my runs/2');
  const { problems } = await notARun(join(dir, 'my runs'));
  expect(problems[0].try).toBe(`name a run inside: '${dir}/my runs/2', '${dir}/my runs/run 1'`);
});

it('a file is no run folder, and below a file there is none', async () => {
  writeFileSync(join(dir, 'a.yaml'), '');
  expect((await notARun(join(dir, 'a.yaml'))).message).toBe(
    `${join(dir, 'a.yaml')} is a file, and no run folder`,
  );
  expect((await notARun(join(dir, 'a.yaml/b'))).message).toBe(`there is no run folder ${dir}/a.yaml/b`);
});

it('a config that is a folder is told of with its path', async () => {
  mkdirSync(join(dir, 'config.yaml'));
  const path = join(dir, 'config.yaml');
  expect((await refusal(openRunForReading(dir))).problems).toEqual([
    {
      what: `${path} is a folder, and a file is needed`,
      where: path,
      try: 'name a file in it; or move it away, where a file of that name belongs',
    },
  ]);
});

it('a checkpoint that is not there is none, and one that cannot be looked at is a problem', async () => {
  makeRuns('a');
  expect(await loadCheckpoint(join(dir, 'a'), 'best')).toBeUndefined();
  writeFileSync(join(dir, 'a/checkpoints'), 'a file where the folder stands');
  await expect(loadCheckpoint(join(dir, 'a'), 'best')).rejects.toThrow();
});

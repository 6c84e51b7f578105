import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCheckpoint, notARun } from './read-run.js';

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

it('a checkpoint that is not there is none, and one that cannot be looked at is a problem', async () => {
  makeRuns('a');
  expect(await loadCheckpoint(join(dir, 'a'), 'best')).toBeUndefined();
  writeFileSync(join(dir, 'a/checkpoints'), 'a file where the folder stands');
  await expect(loadCheckpoint(join(dir, 'a'), 'best')).rejects.toThrow();
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SHIPPED_ROOT } from '../../config/testing.js';
import { loadConfig } from '../load-config.js';
import { smokeRun } from './smoke-run.js';

const cwd = mkdtempSync(join(tmpdir(), 'involve-smoke-'));
afterAll(() => rmSync(cwd, { recursive: true }));

/** The limit on the images of training, with so many classes of one image each. */
async function limitWith(classes: number): Promise<number | null> {
  const dir = join(cwd, String(classes));
  for (const split of ['train', 'test']) {
    for (let i = 0; i < classes; i++) {
      mkdirSync(join(dir, split, `class-${i}`), { recursive: true });
      writeFileSync(join(dir, split, `class-${i}/0.png`), 'x');
    }
  }
  const set = ['data.name=image-folder', `data.dir=${dir}`];
  const { experiment } = await smokeRun(loadConfig('quickstart.json', { set }, SHIPPED_ROOT), cwd);
  return experiment.data.limit.train;
}

it('a smoke run takes few images, but one of every class', async () => {
  expect([await limitWith(3), await limitWith(121)]).toEqual([120, 121]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readTextIfThere } from './read-text.js';

const folder = mkdtempSync(join(tmpdir(), 'involve-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads what is there, and names what cannot be read', async () => {
  writeFileSync(join(folder, 'a'), 'α');
  expect(await readTextIfThere(join(folder, 'a'))).toBe('α');
  expect(await readTextIfThere(join(folder, 'none'))).toBeUndefined();
  expect(await readTextIfThere(join(folder, 'a', 'below'))).toBeUndefined();
  await expect(readTextIfThere(folder)).rejects.toMatchObject({
    exitCode: 2,
    problems: [{ what: `${folder} is a folder, and a file is needed`, where: folder }],
  });
});

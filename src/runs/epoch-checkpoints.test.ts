import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkpointNames, removeOtherEpochs } from './epoch-checkpoints.js';

let dir: string;
let folder: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'involve-epochs-'));
  folder = join(dir, 'checkpoints');
  mkdirSync(folder);
  for (const name of ['last', 'best', 'averaged', 'epoch-2', 'epoch-10', 'epoch-1', 'epoch-01', 'epoch-x'])
    writeFileSync(join(folder, `${name}.safetensors`), '');
  writeFileSync(join(folder, 'epoch-3.safetensors.bak'), '');
  writeFileSync(join(folder, 'epoch-4.safetensor5'), '');
});
afterEach(() => rmSync(dir, { recursive: true }));

it('those of epochs that are not kept are removed, and nothing else', async () => {
  const before = readdirSync(folder);
  await removeOtherEpochs(folder, [10, 4]);
  const gone = before.filter((file) => !readdirSync(folder).includes(file));
  expect(gone).toEqual(['epoch-1.safetensors', 'epoch-2.safetensors']);
});

it('all are named, in order', async () => {
  expect(await checkpointNames(dir)).toEqual(['averaged', 'best', 'epoch-1', 'epoch-2', 'epoch-10', 'last']);
  expect(await checkpointNames(join(dir, 'none'))).toEqual([]);
});

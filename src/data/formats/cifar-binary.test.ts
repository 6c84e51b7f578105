import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../sample-data.testing.js';
import { openCifarBinary, type CifarLayout } from './cifar-binary.js';

const layout: CifarLayout = {
  ...{ name: 'small', title: 'Small', folder: 'small', label: 0 },
  train: [
    { file: 'a.bin', records: 2 },
    { file: 'b.bin', records: 1 },
    { file: 'c.bin', records: 3 },
  ],
  test: [{ file: 'd.bin', records: 1 }],
  labels: [{ kind: '', classes: ['cat', 'dog'], names: null }],
};

/** Images of one red each, that counts on from file to file. */
function written(): string {
  const dir = temporaryFolder();
  let red = 0;
  for (const { file, records } of [...layout.train, ...layout.test]) {
    const bytes = Buffer.alloc(3073 * records);
    for (let i = 0; i < records; i++) {
      bytes[3073 * i] = red % 2;
      bytes.fill(++red, 3073 * i + 1, 3073 * i + 1025);
    }
    writeFileSync(join(dir, file), bytes);
  }
  return dir;
}

it('an image is read, named and stamped by its own file and place', async () => {
  const dir = written();
  const { train, test } = openCifarBinary(dir, layout);
  const out = new Uint8Array(32 * 32 * 3);
  const reds: number[] = [];
  for (const index of [5, 0, 1, 2, 3, 4]) {
    await train.read(index, 32, out);
    expect([out[1], out[2], out.at(-3)]).toEqual([0, 0, out[0]]);
    reds.push(out[0]!);
  }
  expect(reds).toEqual([6, 1, 2, 3, 4, 5]);
  expect([...train.labels]).toEqual([0, 1, 0, 1, 0, 1]);
  expect([0, 1, 2, 3, 4, 5].map((index) => train.name(index).slice(dir.length + 1))).toEqual([
    ...['a.bin#0', 'a.bin#1', 'b.bin#0', 'c.bin#0', 'c.bin#1', 'c.bin#2'],
  ]);
  expect(new Set([0, 1, 2, 3, 4, 5].map((index) => train.stamp(index))).size).toBe(6);
  await test.read(0, 32, out);
  expect(out[0]).toBe(7);
});

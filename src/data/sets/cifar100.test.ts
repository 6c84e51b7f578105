import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { InvolveError } from '../../util/errors.js';
import { openDataset } from '../dataset.js';
import { detectLayout } from '../detect-layout.js';
import { openSource } from '../open-source.js';
import { dataConfig, temporaryFolder } from '../sample-data.testing.js';
import { knownClasses } from './index.js';

const record = 3074;

/** The two files, black but for what tells the images apart: the fine label in red, the coarse one in green. */
function write(dir: string): void {
  mkdirSync(join(dir, 'cifar-100-binary'), { recursive: true });
  for (const [file, count] of [
    ['train', 50_000],
    ['test', 10_000],
  ] as const) {
    const bytes = Buffer.alloc(record * count);
    for (let i = 0; i < count; i++) {
      const fine = i % 100;
      bytes[i * record] = fine % 20;
      bytes[i * record + 1] = fine;
      bytes.fill(fine, i * record + 2, i * record + 2 + 1024);
      bytes.fill(fine % 20, i * record + 2 + 1024, i * record + 2 + 2048);
    }
    writeFileSync(join(dir, 'cifar-100-binary', `${file}.bin`), bytes);
  }
}

async function refusal(dir: string): Promise<InvolveError> {
  return openSource(dataConfig({ name: 'cifar100', dir })).then(
    () => expect.fail('expected it to fail'),
    (error: unknown) => error as InvolveError,
  );
}

let dir: string;
let cacheDir: string;
beforeAll(() => {
  dir = temporaryFolder();
  cacheDir = temporaryFolder();
  write(dir);
});

describe('cifar100', () => {
  it.each([
    [undefined, 100],
    ['fine', 100],
    ['coarse', 20],
  ] as const)('labels %s: %i classes, each with its images', async (labels, classes) => {
    const limit = { train: 200, validation: 100, test: 100 };
    const config = dataConfig({ name: 'cifar100', dir, inputSize: 32, limit, labels });
    const dataset = await openDataset(config, { cacheDir });
    expect(dataset.classes.length).toBe(classes);
    expect(dataset.classes).toEqual(knownClasses(config));
    expect(new Set(dataset.train.labels).size).toBe(classes);
    const pixels = new Uint8Array(32 * 32 * 3);
    for (const image of [0, 57, 99]) {
      dataset.test.read(image, pixels, 0);
      expect(pixels[classes === 100 ? 0 : 1]).toBe(dataset.test.labels[image]);
      expect(pixels[2]).toBe(0);
    }
    await dataset.close();
  });

  it('names the classes in the order of the labels', () => {
    const fine = knownClasses({ name: 'cifar100' })!;
    expect([fine[0], fine[47], fine[99]]).toEqual(['apple', 'maple_tree', 'worm']);
    expect([...fine].sort()).toEqual(fine);
    const coarse = knownClasses({ name: 'cifar100', labels: 'coarse' })!;
    expect([coarse[0], coarse[14], coarse[19]]).toEqual(['aquatic_mammals', 'people', 'vehicles_2']);
  });

  it('is recognised by its folder, and by what lies in it', async () => {
    expect(await detectLayout(dir)).toBe('cifar100');
    writeFileSync(join(dir, 'cifar-100-binary/fine_label_names.txt'), 'a\nb\n');
    expect(await detectLayout(join(dir, 'cifar-100-binary'))).toBe('cifar100');
  });

  it('refuses names of other classes, labels that are none and files of another size', async () => {
    const names = join(dir, 'cifar-100-binary/fine_label_names.txt');
    writeFileSync(names, 'apple\nworm\n');
    const other = await refusal(dir);
    expect(other.exitCode).toBe(2);
    expect(other.problems).toEqual([
      {
        what: 'expected the names of 100 classes but found 2',
        where: names,
        try: 'fetch it again: `involve data get cifar100`',
      },
    ]);
    writeFileSync(names, `${knownClasses({ name: 'cifar100' })!.join('\n')}\n\n`);

    const lying = Buffer.alloc(record * 10_000);
    lying[record * 3] = 20;
    lying[record * 4 + 1] = 100;
    writeFileSync(join(dir, 'cifar-100-binary/test.bin'), lying);
    const outside = await refusal(dir);
    expect(outside.exitCode).toBe(2);
    expect(outside.problems.map(({ what, where }) => [what, where!.slice(dir.length)])).toEqual([
      ['expected a coarse label from 0 to 19 but found 20', '/cifar-100-binary/test.bin#3'],
      ['expected a fine label from 0 to 99 but found 100', '/cifar-100-binary/test.bin#4'],
    ]);

    truncateSync(join(dir, 'cifar-100-binary/test.bin'), 5000);
    const short = await refusal(dir);
    expect(short.exitCode).toBe(2);
    expect(short.message).toBe('expected 30740000 bytes of CIFAR-100 but found 5000');
  });
});

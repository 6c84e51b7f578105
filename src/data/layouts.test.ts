import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InvolveError } from '../util/errors.js';
import { openDataset } from './dataset.js';
import { dataConfig, temporaryFolder, writeImageFolder } from './sample-data.testing.js';

const cacheDir = temporaryFolder();

describe('intel', () => {
  it.each([
    ['as unpacked', 'seg_train/seg_train', 'seg_test/seg_test'],
    ['with the folders flattened', 'seg_train', 'seg_test'],
    ['one level down', 'archive/seg_train/seg_train', 'archive/seg_test/seg_test'],
  ])('opens %s', async (_, train, test) => {
    const dir = temporaryFolder();
    await writeImageFolder(dir, ['sea', 'forest'], { [train]: 4, [test]: 2 });
    mkdirSync(join(dir, 'seg_pred'));
    const dataset = await openDataset(dataConfig({ name: 'intel', dir }), { cacheDir });
    expect(dataset.classes).toEqual(['forest', 'sea']);
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([6, 2, 4]);
    expect(dataset.notes).toEqual([
      '8 train images; the published set has 14034',
      '4 test images; the published set has 3000',
    ]);
  });
});

describe('cifar10', () => {
  const limit = { train: 6, validation: 2, test: 4 };

  /** The files of the set, all black but for what `change` writes. */
  function files(change: (file: string, bytes: Buffer) => void): string {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'cifar-10-batches-bin'));
    for (const name of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`).concat('test_batch')) {
      const bytes = Buffer.alloc(30_730_000);
      for (let i = 0; i < 10_000; i++) bytes[i * 3073] = i % 2;
      change(name, bytes);
      writeFileSync(join(dir, 'cifar-10-batches-bin', `${name}.bin`), bytes);
    }
    return dir;
  }

  it('turns planes into RGB, in its own size and resized', async () => {
    const dir = files((_, bytes) => {
      for (let i = 0; i < 10_000; i++) {
        bytes.fill(10, i * 3073 + 1, i * 3073 + 1025);
        bytes.fill(20, i * 3073 + 1025, i * 3073 + 2049);
        bytes.fill(i & 255, i * 3073 + 2049, (i + 1) * 3073);
      }
    });
    for (const inputSize of [32, 8]) {
      const config = dataConfig({ name: 'cifar10', dir, inputSize, limit });
      const dataset = await openDataset(config, { cacheDir });
      expect(dataset.classes[9]).toBe('truck');
      expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([6, 2, 4]);
      const out = new Uint8Array(inputSize * inputSize * 3);
      dataset.test.read(3, out, 0);
      expect([...out.subarray(0, 2)]).toEqual([10, 20]);
      // The label is the parity of the number, and so is the last channel.
      expect(out[2]! % 2).toBe(dataset.test.labels[3]);
      expect(out.subarray(0, 3)).toEqual(out.subarray(-3));
    }
    // Without the folder of the archive between.
    await openDataset(dataConfig({ name: 'cifar10', dir: join(dir, 'cifar-10-batches-bin'), limit }), {
      cacheDir,
    });

    truncateSync(join(dir, 'cifar-10-batches-bin/data_batch_2.bin'), 1000);
    const error = await openDataset(dataConfig({ name: 'cifar10', dir }), { cacheDir }).catch(
      (e: unknown) => e,
    );
    expect((error as InvolveError).exitCode).toBe(2);
    expect((error as InvolveError).problems).toEqual([
      {
        what: 'expected 30730000 bytes of CIFAR-10 but found 1000',
        where: join(dir, 'cifar-10-batches-bin/data_batch_2.bin'),
        try: 'fetch it again: `involve data get cifar10`',
      },
    ]);
  });

  it('refuses labels that are none', async () => {
    const dir = files((name, bytes) => {
      if (name === 'test_batch') bytes[3073 * 7] = 12;
    });
    const error = await openDataset(dataConfig({ name: 'cifar10', dir }), { cacheDir }).catch(
      (e: unknown) => e,
    );
    expect((error as InvolveError).exitCode).toBe(2);
    expect((error as InvolveError).message).toBe('expected a label from 0 to 9 but found 12');
    expect((error as InvolveError).problems[0]!.where).toMatch(/test_batch\.bin#7$/);
  });

  it('names the files that are missing', async () => {
    const error = await openDataset(dataConfig({ name: 'cifar10', dir: temporaryFolder() })).catch(
      (e: unknown) => e,
    );
    expect((error as InvolveError).problems.length).toBe(6);
    expect((error as InvolveError).problems[0]!.what).toBe('a file of CIFAR-10 (binary version) is missing');
  });
});

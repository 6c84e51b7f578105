import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { augment } from '../augment/options.js';
import { DecodedImageSet } from '../cache/decoded-set.js';
import { compileInto } from '../compiled.testing.js';
import { openDataset, type Dataset } from '../dataset.js';
import { dataConfig, temporaryFolder, writeNoise } from '../sample-data.testing.js';
import type { BatchPlan } from './assemble-batch.js';
import type { Batch } from './batch-stream.js';
import { openBatchStream } from './open-batch-stream.js';

const cropped = augment.parse({ shiftCrop: 2, randomResizedCrop: {} });
const plan: BatchPlan = { batchSize: 4, seed: 7, augment: cropped, training: true };
const dir = temporaryFolder();
const compiled = temporaryFolder();
const worker = pathToFileURL(join(compiled, 'data/stream/batch-worker.js'));
let dataset: Dataset;

beforeAll(async () => {
  compileInto(compiled, 'data/stream/batch-worker.ts');
  for (const split of ['train', 'test'])
    for (const [c, name] of ['a', 'b'].entries())
      for (let i = 0; i < 9; i++) {
        const path = join(dir, split, name, `${i}.${i % 2 === 0 ? 'jpg' : 'png'}`);
        await writeNoise(path, 40 + 9 * c + i, 60 - 7 * c - i, path);
      }
  const config = dataConfig({ dir, inputSize: 16, resize: 'crop', cache: 'none' });
  dataset = await openDataset(config, { cacheDir: temporaryFolder(), randomCrops: true });
});
afterAll(() => dataset.close());

const content = ({ images, labels }: Batch): number[] => [...labels, ...images];

async function sequence(
  options: { ahead?: number; workers?: number },
  [from, to]: [number, number],
  of = plan,
  set = dataset.train,
): Promise<number[][]> {
  const stream = openBatchStream(set, { ...of, ...options, worker });
  const each = stream.batchesPerEpoch;
  const batches: number[][] = [];
  for (let step = from; step < to; step++) {
    batches.push(content(await stream.batch(Math.floor(step / each), step % each)));
  }
  await stream.close();
  return batches;
}

describe('batches of decoded images', () => {
  it('are the same of any number of threads, and of none', async () => {
    expect(dataset.train).toBeInstanceOf(DecodedImageSet);
    const inline = await sequence({ ahead: 0 }, [0, 10]);
    for (const workers of [1, 2, 3, 5]) expect(await sequence({ workers }, [0, 10])).toEqual(inline);
    expect(await sequence({ workers: 2, ahead: 1 }, [0, 10])).toEqual(inline);
    const measured = { ...plan, training: false };
    const validation = await sequence({ ahead: 0 }, [0, 3], measured, dataset.validation);
    expect(await sequence({ workers: 2 }, [0, 3], measured, dataset.validation)).toEqual(validation);
  });

  it('go on after a resume as if there had been no stop', async () => {
    const whole = await sequence({ workers: 2 }, [0, 9]);
    for (const at of [1, 3, 4, 5, 8]) {
      expect(await sequence({ workers: 3 }, [at, 9]), `from ${at}`).toEqual(whole.slice(at));
    }
  });

  it('do not depend on the order in which they are asked for', async () => {
    const whole = await sequence({ ahead: 0 }, [0, 8]);
    const stream = openBatchStream(dataset.train, { ...plan, workers: 3, worker });
    const order = [5, 0, 7, 7, 2, 1, 6, 3];
    const got = await Promise.all(order.map((step) => stream.batch(step >> 2, step & 3)));
    expect(stream.batchesPerEpoch).toBe(4);
    expect(got.map(content)).toEqual(order.map((step) => whole[step]!));
    await stream.close();
  });

  it('say how many threads made them, and how long a batch took one', async () => {
    const stream = openBatchStream(dataset.train, { ...plan, workers: 2, worker });
    expect(stream.workload).toEqual({ workers: 2, batches: 0, batchMs: 0, decodes: true });
    await stream.batch(0, 0);
    expect(stream.workload!.batches).toBeGreaterThan(0);
    expect(stream.workload!.batchMs).toBeGreaterThan(0);
    await stream.close();
  });

  it('of an image that is gone are an error with its name, in a thread too', async () => {
    const config = dataConfig({ dir, inputSize: 16, cache: 'none', validation: 'test' });
    const other = await openDataset(config, { cacheDir: temporaryFolder() });
    const gone = join(dir, 'train/b/8.jpg');
    rmSync(gone);
    const stream = openBatchStream(other.train, { ...plan, batchSize: 18, workers: 2, worker });
    await expect(stream.batch(0, 0)).rejects.toMatchObject({
      code: 'E_DATA_CHANGED',
      exitCode: 2,
      problems: [{ where: gone }],
    });
    await stream.close();
    await other.close();
  });
});

import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { augment as schema } from '../augment/options.js';
import { InvolveError } from '../../util/errors.js';
import { compileInto } from '../compiled.testing.js';
import { assembleBatch } from './assemble-batch.js';
import type { BatchPlan } from './assemble-batch.js';
import type { Batch } from './batch-stream.js';
import { openBatchStream } from './open-batch-stream.js';
import { openDataset } from '../dataset.js';
import type { Dataset } from '../dataset.js';
import type { ImageSet } from '../cache/image-set.js';
import { dataConfig, temporaryFolder } from '../sample-data.testing.js';

/** All that there is, each on. */
const augment = schema.parse({
  shiftCrop: 2,
  paddingMode: 'reflect',
  randomResizedCrop: {},
  rotation: { degrees: 20, interpolation: 'bilinear' },
  policy: { name: 'rand-augment' },
  colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  grayscale: 0.2,
  randomErasing: { value: 'random' },
  mixup: { probability: 0.5 },
  cutmix: { probability: 0.5 },
});
const plan: BatchPlan = { batchSize: 4, seed: 7, augment, training: true };

const compiled = temporaryFolder();
const worker = pathToFileURL(join(compiled, 'data/stream/batch-worker.js'));
let dataset: Dataset;
let cacheDir: string;

beforeAll(async () => {
  compileInto(compiled, 'data/stream/batch-worker.ts');
  cacheDir = temporaryFolder();
  const scenes = { train: 28, test: 12, seed: 0 };
  dataset = await openDataset(dataConfig({ name: 'scenes', inputSize: 16, scenes }), { cacheDir });
});
afterAll(() => dataset.close());

function content({ images, labels }: Pick<Batch, 'images' | 'labels'>): [number[], number[]] {
  return [Array.from(images), Array.from(labels)];
}

async function sequence(ahead: number, from: number, to: number, set = dataset.train): Promise<unknown[]> {
  const stream = openBatchStream(set, { ...plan, ahead, worker });
  const batches = [];
  for (let step = from; step < to; step++) {
    const { batchesPerEpoch } = stream;
    batches.push(content(await stream.batch(Math.floor(step / batchesPerEpoch), step % batchesPerEpoch)));
  }
  await stream.close();
  return batches;
}

describe('batches', () => {
  it('shows every training image once an epoch, in another order each time, the last batch smaller', async () => {
    const stream = openBatchStream(dataset.train, { ...plan, worker });
    expect(dataset.train.count).toBe(22);
    expect(stream.batchesPerEpoch).toBe(6);
    const seen: number[][] = [[], []];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (let i = 0; i < 6; i++) {
        const { count, labels, images } = await stream.batch(epoch, i);
        expect(count).toBe(i < 5 ? 4 : 2);
        expect(images.length).toBe(count * 16 * 16 * 3);
        seen[epoch]!.push(...labels);
      }
    }
    await stream.close();
    expect([...seen[0]!].sort()).toEqual([...dataset.train.labels].sort());
    expect([...seen[1]!].sort()).toEqual([...dataset.train.labels].sort());
    expect(seen[0]).not.toEqual(seen[1]);
  });

  it('are in order and only normalised out of training, the same in every epoch', async () => {
    const stream = openBatchStream(dataset.test, { ...plan, training: false, worker });
    const first = await stream.batch(0, 1);
    const pixels = new Uint8Array(16 * 16 * 3);
    dataset.test.read(4, pixels, 0);
    expect(first.images[1]).toBeCloseTo((pixels[1]! / 255 - 0.456) / 0.224, 5);
    expect([...first.labels]).toEqual([...dataset.test.labels.subarray(4, 8)]);
    expect(content(await stream.batch(9, 1))).toEqual(content(first));
    await stream.close();
  });

  it('are the same with and without the thread, however far ahead, and equal assembleBatch', async () => {
    const inline = await sequence(0, 0, 15);
    for (const ahead of [1, 2, 5, 20]) expect(await sequence(ahead, 0, 15)).toEqual(inline);
    const direct = Array.from({ length: 15 }, (_, step) =>
      content(assembleBatch(dataset.train, plan, Math.floor(step / 6), step % 6)),
    );
    expect(direct).toEqual(inline);
  });

  it('go on after a resume as if there had been no stop', async () => {
    const whole = await sequence(2, 0, 15);
    for (const at of [1, 5, 6, 7, 14]) expect(await sequence(2, at, 15)).toEqual(whole.slice(at));
  });

  it('do not depend on the order in which they are asked for', async () => {
    const inline = await sequence(0, 0, 18);
    const stream = openBatchStream(dataset.train, { ...plan, worker });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(17), { maxLength: 12 }), fc.boolean(), async (steps, atOnce) => {
        const ask = (step: number): Promise<Batch> => stream.batch(Math.floor(step / 6), step % 6);
        const got: Batch[] = [];
        if (atOnce) got.push(...(await Promise.all(steps.map(ask))));
        else for (const step of steps) got.push(await ask(step));
        got.forEach((batch, i) => expect(content(batch)).toEqual(inline[steps[i]!]));
      }),
      { numRuns: 40 },
    );
    await stream.close();
  });

  it('differ by seed, and image by image from epoch to epoch', () => {
    const other = assembleBatch(dataset.train, { ...plan, seed: 8 }, 0, 0);
    expect(content(other)).not.toEqual(content(assembleBatch(dataset.train, plan, 0, 0)));
    const pixels = new Uint8Array(16 * 16 * 3);
    dataset.train.read(0, pixels, 0);
    // One image alone: its order is the same in every epoch, so only its augmentation can differ.
    const one: ImageSet = {
      split: 'train',
      count: 1,
      size: 16,
      labels: Uint16Array.of(0),
      read: (_, out, offset) => out.set(pixels, offset),
    };
    const shown = [0, 1, 2, 3].map((epoch) => assembleBatch(one, plan, epoch, 0).images.join());
    expect(new Set(shown).size).toBe(4);
  });

  it('work over sets that are not files', async () => {
    const flat: ImageSet = {
      split: 'train',
      count: 3,
      size: 8,
      labels: Uint16Array.of(0, 1, 2),
      read: (index, out, offset) => void out.fill(index * 50, offset, offset + 192),
    };
    const options = { ...plan, training: false, augment: { ...augment, normalize: 'unit' as const }, worker };
    const stream = openBatchStream(flat, options);
    expect((await stream.batch(0, 0)).images[192 * 2]).toBeCloseTo(100 / 255);
    await stream.close();
  });
});

describe('the thread', () => {
  it('prepares the next batches while the main thread is busy', async () => {
    const stream = openBatchStream(dataset.train, { ...plan, worker });
    await stream.batch(0, 0);
    // On a machine with other work the thread may not have had its turn: then the main thread is busy for longer.
    let isReady = false;
    for (let i = 1, busyMs = 100; i < 30 && !isReady; i++, busyMs = Math.min(2 * busyMs, 5000)) {
      const until = performance.now() + busyMs;
      while (performance.now() < until);
      isReady = (await stream.batch(Math.floor(i / 6), i % 6)).waitedMs < 50;
    }
    expect(isReady).toBe(true);
    await stream.close();
  });

  it('rejects an index that is none', async () => {
    for (const ahead of [0, 2]) {
      const stream = openBatchStream(dataset.train, { ...plan, ahead, worker });
      await expect(stream.batch(0, 6)).rejects.toThrow('Expected a batch index from 0 to 5 but got 6');
      await stream.close();
    }
  });

  it('passes an error of reading on, with its exit code', async () => {
    const own = temporaryFolder();
    const scenes = { train: 30, test: 12, seed: 1 };
    const broken = await openDataset(dataConfig({ name: 'scenes', inputSize: 16, scenes }), {
      cacheDir: own,
    });
    truncateSync((broken.train as unknown as { port(): { file: string } }).port().file, 100);
    for (const ahead of [0, 2]) {
      const stream = openBatchStream(broken.train, { ...plan, ahead, worker });
      const error: unknown = await stream.batch(0, 0).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvolveError);
      expect((error as InvolveError).exitCode).toBe(1);
      expect((error as InvolveError).message).toMatch(
        /^the cached pixels cannot be read: it ends before image/,
      );
      await stream.close();
    }
  });

  it('that dies is an error, never a hang', async () => {
    const dying = pathToFileURL(join(compiled, 'dying.js'));
    for (const [source, why] of [
      ['process.exit(5);', 'it ended with exit code 5'],
      ['throw new Error("no memory");', 'Error: no memory'],
    ] as const) {
      writeFileSync(fileURLToPath(dying), source);
      const stream = openBatchStream(dataset.train, { ...plan, worker: new URL(`?${source.length}`, dying) });
      const message = `the thread that prepares batches died: ${why}`;
      await expect(stream.batch(0, 0)).rejects.toThrow(message);
      await expect(stream.batch(0, 1)).rejects.toMatchObject({ exitCode: 1, code: 'E_DATA_WORKER' });
      await stream.close();
    }
  });

  it('rejects what is still waited for when the stream is closed', async () => {
    const stream = openBatchStream(dataset.train, { ...plan, worker });
    const waiting = stream.batch(0, 0);
    const closing = stream.close();
    await expect(waiting).rejects.toThrow('the batch stream is closed');
    await closing;
  });

  it('does not keep the process alive, but a batch that is waited for does', async () => {
    compileInto(compiled, 'data/stream/open-batch-stream.ts');
    const script = join(compiled, 'leave.js');
    const port = JSON.stringify((dataset.train as unknown as { port(): Record<string, unknown> }).port());
    writeFileSync(
      script,
      `import { openBatchStream } from './data/stream/open-batch-stream.js';
       import { FileImageSet } from './data/cache/image-set.js';
       const { labels, positions, ...port } = ${port};
       const set = new FileImageSet({ ...port,
         labels: Uint16Array.from(Object.values(labels)), positions: Uint32Array.from(Object.values(positions)) });
       const stream = openBatchStream(set, ${JSON.stringify(plan)});
       stream.batch(0, 0).then((batch) => console.log(stream.constructor.name, batch.count));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 600_000 });
    expect(stdout).toBe('WorkerBatchStream 4\n');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AugmentConfig } from '../../data/augment/options.js';
import type { ImageSet } from '../../data/cache/image-set.js';
import { openReference } from '../../engine/testing.js';
import type { LayersModel } from '../../engine/tf.js';
import { WhiteningConvolution } from '../../layers/whitening-convolution.js';
import { SHIPPED_ROOT } from '../../config/testing.js';
import { loadCheckpoint } from '../../runs/read-run.js';
import { loadConfig } from '../load-config.js';
import { findLearningRate } from '../find-learning-rate.js';
import { startFromImages } from './start-from-images.js';
import { trainRun } from './train-run.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'involve-start-'));
  vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

const overrides = [
  'model={family: airbench, whitening: true, widths: [4, 4, 4]}',
  'data={name: scenes, inputSize: 26, scenes: {train: 24, test: 6}}',
  'train={batchSize: 4, epochs: null, steps: 4, batchNormStatistics: recomputed}',
];

function experimentOf(seed: number) {
  const options = { set: [...overrides, `train.seed=${seed}`], engine: 'wasm', threads: 1 } as const;
  return loadConfig('baselines/cifar10.yaml', options, SHIPPED_ROOT);
}

/** Trains into a folder, up to a step if one is given, and gives the weights at the end. */
async function trained(name: string, seed: number, { resume = false, stopAfter = -1 } = {}) {
  const controller = new AbortController();
  await trainRun(experimentOf(seed), {
    ...{ cwd, dir: join(cwd, name), shown: name, flags: { resume } },
    interruption: { signal: controller.signal, name: 'SIGINT', exitCode: 130, end: () => undefined },
    listener: {
      note: () => undefined,
      dataProgress: () => undefined,
      begin: () => undefined,
      show: (event) => {
        if (event.type === 'step' && event.step === stopAfter) controller.abort();
      },
    },
  });
  const { tensors } = (await loadCheckpoint(join(cwd, name), 'last'))!;
  return Object.fromEntries([...tensors].map(([key, { data }]) => [key, [...data]]));
}

describe('a training that begins with what the images are like', () => {
  it('has the same filters with every seed, keeps them, and goes on with them bit for bit', async () => {
    const straight = await trained('straight', 3);
    const stopped = await trained('stopped', 3, { stopAfter: 2 });
    expect(stopped['stem/kernel']).toEqual(straight['stem/kernel']);
    expect(stopped['block1/conv1/kernel']).not.toEqual(straight['block1/conv1/kernel']);
    expect(await trained('stopped', 3, { resume: true })).toEqual(straight);
    const other = await trained('other', 4, { stopAfter: 1 });
    expect(other['stem/kernel']).toEqual(straight['stem/kernel']);
    expect(other['block3/conv1/kernel']).not.toEqual(straight['block3/conv1/kernel']);
  });

  it('does so in the test of learning rates too', async () => {
    const started = vi.spyOn(WhiteningConvolution.prototype, 'startFrom');
    await findLearningRate(experimentOf(0), {
      ...{ cwd, steps: 2, from: 1e-6, to: 1e-5, signal: new AbortController().signal },
      onStep: () => undefined,
      onNote: () => undefined,
      onEngine: () => undefined,
    });
    expect(started).toHaveBeenCalledOnce();
    started.mockRestore();
  });
});

describe('the images that it begins with', () => {
  beforeAll(openReference);

  /** A set whose image i is all of the value i mod 256. */
  const counted = (count: number): ImageSet =>
    ({
      ...{ count, size: 4, labels: new Uint16Array(count) },
      read: (index: number, target: Uint8Array, offset: number) =>
        void target.fill(index % 256, offset, offset + 48),
      close: () => Promise.resolve(),
    }) as unknown as ImageSet;

  async function seen(count: number): Promise<{ readonly count: number; readonly each: number[] }> {
    const heard: { count: number; each: number[] }[] = [];
    const layer = {
      startFrom: (images: { count: number; values: Float32Array }) => {
        const each = Array.from({ length: images.count }, (_, i) => Math.round(images.values[i * 48] * 255));
        heard.push({ count: images.count, each });
      },
    };
    const augment = { normalize: 'unit' } as AugmentConfig;
    await startFromImages({ layers: [{}, layer] } as unknown as LayersModel, counted(count), { augment });
    return heard[0];
  }

  it('are all of a small set, the last batch too', async () => {
    expect((await seen(7)).each).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect((await seen(120)).each).toEqual(Array.from({ length: 120 }, (_, i) => i));
  });

  it('are 5,000 from everywhere in a large one', async () => {
    const { count, each } = await seen(12_800);
    expect(count).toBe(5000);
    // 256 batches of 50, of which a hundred.
    expect(each.slice(50, 52)).toEqual([100, 101]);
    expect(each.at(-1)).toBe((253 * 50 + 49) % 256);
  });

  it('are not read where no layer asks for them', async () => {
    const none = { layers: [{}] } as unknown as LayersModel;
    await startFromImages(none, undefined as unknown as ImageSet, { augment: {} as AugmentConfig });
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { defaultEnginesDir } from '../../engine/tensorflow/installation.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { loadCheckpoint } from '../../runs/read-run.js';
import { Workspace } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

/** Batch norm in every block, and 25 images in batches of 12: the third batch has one, and most workers none of it. */
const experiment = {
  name: 'tiny',
  data: { name: 'scenes', inputSize: 16, scenes: { train: 25, test: 12 } },
  model: { family: 'wide-resnet', depth: 10, widen: 1 },
  train: { batchSize: 12, steps: 4, optimizer: { name: 'sgd', learningRate: 0.05 } },
};

type Tensors = ReadonlyMap<string, Float32Array>;

async function trained(out: string, ...flags: readonly string[]): Promise<Tensors> {
  work.write('tiny.json', experiment);
  const args = ['train', 'tiny.json', '--out', out, '--quiet', ...flags];
  const env = { INVOLVE_ENGINE_DIR: defaultEnginesDir() };
  const { code, stderr } = await work.start(args, undefined, undefined, env);
  expect([code, stderr]).toEqual([0, '']);
  const { tensors } = (await loadCheckpoint(work.path(out), 'last'))!;
  return new Map([...tensors].map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
}

/** ‖a − b‖ ÷ ‖b‖ over all tensors. */
function distance(a: Tensors, b: Tensors): number {
  let [off, all] = [0, 0];
  for (const [name, values] of b) {
    const others = a.get(name)!;
    for (let i = 0; i < values.length; i++) {
      off += (others[i]! - values[i]!) ** 2;
      all += values[i]! ** 2;
    }
  }
  return Math.sqrt(off / all);
}

const ENGINES = {
  wasm: ['--engine', 'wasm'],
  // Operations of our own would have to be compiled into the cache of this workspace.
  tensorflow: ['--engine', 'tensorflow', '--set', 'engine.customOps=false'],
};

describe.each(Object.keys(ENGINES) as (keyof typeof ENGINES)[])('train.synchronisedBatchNorm, %s', (name) => {
  const engine = ENGINES[name];
  const shared = ['--set', 'train.synchronisedBatchNorm=true', ...engine];

  it.skipIf(name === 'tensorflow' && NO_TENSORFLOW)(
    'makes of N workers what one does with the whole batch, up to rounding, and the same bits again',
    async () => {
      const one = await trained(`${name}-one`, ...engine);
      const three = await trained(`${name}-three`, '--workers', '3', ...shared);
      expect(distance(three, one)).toBeLessThan(2e-6);
      expect(await trained(`${name}-again`, '--workers', '3', ...shared)).toEqual(three);
      // Without it each normalises its share by itself.
      expect(distance(await trained(`${name}-apart`, '--workers', '3', ...engine), one)).toBeGreaterThan(
        1e-3,
      );
    },
    300_000,
  );
});

it('is refused where steps are computed at once', async () => {
  work.write('tiny.json', experiment);
  const flags = ['--workers', '2', '--engine', 'reference', '--set', 'train.synchronisedBatchNorm=true'];
  const { code, stderr } = await work.start(['train', 'tiny.json', '--out', 'eager', ...flags]);
  expect(code).toBe(2);
  expect(stderr).toContain('error: only a recorded step can wait for other workers in its midst');
  expect(stderr).toContain('train.synchronisedBatchNorm');
});

import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { tinyExperiment, Workspace } from '../../cli/command-line.testing.js';
import { environmentOf } from '../../cli/kills.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

const scenes = { inputSize: 64, scenes: { train: 100, test: 20 } };
const RESIDUAL = { family: 'resnet', blocks: [1, 1, 1, 1], width: 32 };
const train = { batchSize: 40, epochs: null, steps: 6 };
const NETWORKS = {
  'a classifier': { ...tinyExperiment({ train }), data: { name: 'scenes', ...scenes } },
  'a pyramid on masks': {
    name: 'pyramid',
    data: { name: 'scene-masks', inputSize: 64, scenes: { train: 140, test: 20 } },
    model: {
      ...RESIDUAL,
      decoder: { type: 'semantic-fpn', neck: { channels: 64 }, head: { channels: 32 } },
    },
    // As many as make the step a large part of what the process holds.
    train: { ...train, batchSize: 120, steps: 3, onlineHardPixels: { minKept: 1000 } },
  },
  // Its maps of attention are quadratic in the places, and most of what the step keeps.
  'attention over the whole map': {
    name: 'whole-map',
    data: { name: 'scenes', inputSize: 64, scenes: { train: 140, test: 20 } },
    model: { ...RESIDUAL, spatial: { type: 'global-attention', heads: 4 } },
    train: { ...train, batchSize: 120, steps: 3 },
  },
  // What it would take if all learned is 1.5 times of this and more.
  'one that is frozen but for its last stage': {
    name: 'frozen',
    data: { name: 'scenes', inputSize: 64, scenes: { train: 560, test: 20 } },
    model: RESIDUAL,
    train: { ...train, batchSize: 480, steps: 2, freeze: 'stage4' },
  },
};

/** Predicted bytes, and the most that the process of a short training has held. */
async function predictedAndUsed(network: keyof typeof NETWORKS, name: 'wasm' | 'tensorflow') {
  const out = `${name} ${network}`;
  const file = work.write(`${out}.json`, { ...NETWORKS[network], engine: { name, threads: 2 } });
  const run = (...args: readonly string[]) => work.start(args, undefined, undefined, environmentOf(name));
  const summary = await run('summary', file, '--json');
  const { trainingMemory } = JSON.parse(summary.stdout) as {
    trainingMemory: { bytes: number; stepBytes: number; engine: string };
  };
  const training = await run('train', file, '--out', out);
  expect(training.stderr).not.toContain('error');
  expect(training.code).toBe(0);
  const { peakMemoryMb } = JSON.parse(readFileSync(work.path(out, 'summary.json'), 'utf8')) as {
    peakMemoryMb: number;
  };
  return { ...trainingMemory, used: peakMemoryMb * 1e6 };
}

describe.each(Object.keys(NETWORKS) as (keyof typeof NETWORKS)[])(
  'summary predicts the memory that training then takes: %s',
  (network) => {
    it('on wasm', async () => {
      const { bytes, stepBytes, used, engine } = await predictedAndUsed(network, 'wasm');
      expect(engine).toBe('wasm');
      expect(bytes / used).toBeGreaterThan(0.75);
      expect(bytes / used).toBeLessThan(1.35);
      expect(stepBytes / bytes).toBeGreaterThan(0.3);
    });

    it.skipIf(NO_TENSORFLOW)(`on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, async () => {
      const { bytes, stepBytes, used, engine } = await predictedAndUsed(network, 'tensorflow');
      expect(engine).toBe('tensorflow');
      expect(bytes / used).toBeGreaterThan(0.75);
      expect(bytes / used).toBeLessThan(1.35);
      expect(stepBytes / bytes).toBeGreaterThan(0.2);
    });
  },
);

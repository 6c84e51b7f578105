import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findInstallation } from '../../engine/tensorflow/installation.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { tinyExperiment, Workspace } from '../../cli/command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

/** Predicted bytes, and the most that the process of a short training has held. */
async function predictedAndUsed(engine: string, env: NodeJS.ProcessEnv) {
  const config = {
    ...tinyExperiment({ train: { batchSize: 40, epochs: null, steps: 6 } }),
    data: { name: 'scenes', inputSize: 64, scenes: { train: 100, test: 20 } },
    engine: { name: engine, threads: 2 },
  };
  const file = work.write(`${engine}.json`, config);
  const run = (...args: readonly string[]) => work.start(args, undefined, undefined, env);
  const summary = await run('summary', file, '--json');
  const { trainingMemory } = JSON.parse(summary.stdout) as {
    trainingMemory: { bytes: number; stepBytes: number; engine: string };
  };
  const training = await run('train', file, '--out', engine);
  expect(training.stderr).not.toContain('error');
  expect(training.code).toBe(0);
  const { peakMemoryMb } = JSON.parse(readFileSync(work.path(engine, 'summary.json'), 'utf8')) as {
    peakMemoryMb: number;
  };
  return { ...trainingMemory, used: peakMemoryMb * 1e6 };
}

describe('summary predicts the memory that training then takes', () => {
  it('on wasm', async () => {
    const { bytes, stepBytes, used, engine } = await predictedAndUsed('wasm', {});
    expect(engine).toBe('wasm');
    expect(bytes / used).toBeGreaterThan(0.75);
    expect(bytes / used).toBeLessThan(1.35);
    expect(stepBytes / bytes).toBeGreaterThan(0.3);
  });

  it.skipIf(NO_TENSORFLOW)(`on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, async () => {
    const env = { INVOLVE_ENGINE_DIR: dirname(findInstallation('cpu')!.dir) };
    const { bytes, stepBytes, used, engine } = await predictedAndUsed('tensorflow', env);
    expect(engine).toBe('tensorflow');
    expect(bytes / used).toBeGreaterThan(0.75);
    expect(bytes / used).toBeLessThan(1.35);
    expect(stepBytes / bytes).toBeGreaterThan(0.2);
  });
});

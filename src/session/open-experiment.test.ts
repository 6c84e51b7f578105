import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SHIPPED_ROOT } from '../config/testing.js';
import { memory } from '../engine/tf.js';
import { taskOfCount } from '../tasks/task-of.js';
import { InvolveError } from '../util/errors.js';
import { loadConfig } from './load-config.js';
import { openExperiment } from './open-experiment.js';
import { openModel } from './open-model.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'involve-session-'));
  vi.stubEnv('INVOLVE_CACHE_DIR', cwd);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

const experiment = loadConfig(
  'quickstart.json',
  { set: ['data.scenes={train: 20, test: 10}'], engine: 'wasm', threads: 1, input: 32 },
  SHIPPED_ROOT,
);

describe('what a config needs', () => {
  it('is opened once and freed at the end', async () => {
    const first = await openModel(experiment, taskOfCount(6));
    await first.close();
    const before = memory().numTensors;
    const { engine, net, model, close } = await openModel(experiment, taskOfCount(6));
    expect([engine.name, engine.threads]).toEqual(['wasm', 1]);
    expect(model.countParams()).toBe(net.total().parameters + net.total().nonTrainable);
    expect(memory().numTensors).toBeGreaterThan(before);
    await close();
    expect(memory().numTensors).toBe(before);
  });

  it('has as many outputs as the data has classes', async () => {
    const decoded: number[] = [];
    const opened = await openExperiment(experiment, {
      cwd,
      splits: ['train'],
      onDecode: (done) => decoded.push(done),
    });
    expect(opened.dataset.classes).toHaveLength(6);
    expect(opened.model.outputs[0].shape).toEqual([null, 6]);
    expect(decoded.at(-1)).toBe(opened.dataset.train.count);
    await opened.close();
  });

  it('asks the engine for what the caller says in the place of the config', async () => {
    const { engine, close } = await openModel(experiment, taskOfCount(6), { name: 'reference' });
    expect(engine.name).toBe('reference');
    await close();
    const refused = openModel(experiment, taskOfCount(6), { device: 'cuda' });
    await expect(refused).rejects.toBeInstanceOf(InvolveError);
    await expect(refused).rejects.toMatchObject({ exitCode: 3 });
  });
});

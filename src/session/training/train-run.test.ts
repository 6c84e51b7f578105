import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SHIPPED_ROOT } from '../../config/testing.js';
import type { Interruption } from '../../util/interruption.js';
import { findLearningRate } from '../find-learning-rate.js';
import { loadConfig } from '../load-config.js';
import { trainRun, type RunListener } from './train-run.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'involve-run-'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

const set = [
  'data.scenes={train: 24, test: 6}',
  'train.steps=1',
  'train.epochs=null',
  'data.dir=nowhere',
  'train.schedule.warmUp=null',
];
const small = { set: [...set, 'train.batchSize=8'], engine: 'wasm', threads: 1, input: 32 } as const;
const experiment = loadConfig('quickstart.json', small, SHIPPED_ROOT);

/** A display has a state of its own, so its methods need it. */
class Listener implements RunListener {
  readonly heard: string[] = [];
  readonly #controller = new AbortController();
  readonly interruption: Interruption = {
    signal: this.#controller.signal,
    name: 'SIGINT',
    exitCode: 130,
    end: () => undefined,
  };

  constructor(private readonly stopAt: number) {}

  note(text: string): void {
    this.heard.push(`note: ${text}`);
  }

  dataProgress(done: number): void {
    if (done === this.stopAt) this.#controller.abort();
    this.heard.push(`decoded ${done}`);
  }

  begin(): void {
    this.heard.push('begin');
  }

  show(): void {}
}

function start(listener: Listener, name: string) {
  vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, `cache-${name}`));
  const { interruption } = listener;
  return trainRun(experiment, { cwd, dir: join(cwd, name), shown: name, flags: {}, listener, interruption });
}

describe('a run that is interrupted', () => {
  it('while images are decoded ends at once, with nothing in its folder and nothing half in the cache', async () => {
    const listener = new Listener(3);
    expect(await start(listener, 'early')).toEqual({ kind: 'interrupted', begun: false });
    expect(listener.heard).toEqual(['decoded 1', 'decoded 2', 'decoded 3']);
    expect(existsSync(join(cwd, 'early'))).toBe(false);
    expect(readdirSync(join(cwd, 'cache-early/pixels'))).toEqual([]);
  });

  it('so ends a test of learning rates too', async () => {
    vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, 'cache-rates'));
    const found = await findLearningRate(experiment, {
      cwd,
      steps: 10,
      from: 1e-6,
      to: 1,
      signal: AbortSignal.abort(),
      onStep: () => undefined,
      onNote: () => undefined,
      onEngine: () => undefined,
    });
    expect(found).toEqual({ test: { points: [], end: 'interrupted' }, suggestion: undefined });
  });
});

describe('a listener', () => {
  it('hears of the data before training begins', async () => {
    const listener = new Listener(-1);
    expect(await start(listener, 'whole')).toMatchObject({ kind: 'done' });
    expect(listener.heard.filter((text) => !text.startsWith('decoded'))).toEqual([
      'note: data.dir has no effect: scenes are drawn, not read',
      'begin',
    ]);
  });
});

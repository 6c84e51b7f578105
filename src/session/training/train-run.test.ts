import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

function start(listener: Listener, name: string, flags: { readonly resume?: boolean } = {}) {
  vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, `cache-${name}`));
  const { interruption } = listener;
  return trainRun(experiment, { cwd, dir: join(cwd, name), shown: name, flags, listener, interruption });
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

describe('a run that goes on', () => {
  const read = (file: string): string => readFileSync(join(cwd, 'gone-on', file), 'utf8');
  const write = (file: string, text: string): void => writeFileSync(join(cwd, 'gone-on', file), text);
  const resume = async (): Promise<Listener> => {
    const listener = new Listener(-1);
    expect(await start(listener, 'gone-on', { resume: true })).toMatchObject({ kind: 'done' });
    return listener;
  };

  beforeAll(async () => {
    expect(await start(new Listener(-1), 'gone-on')).toMatchObject({ kind: 'done' });
  });

  it('drops rows that are ahead of its checkpoint, and has its last epoch from its row', async () => {
    const [metrics, summary] = [read('metrics.csv'), read('summary.json')];
    write('metrics.csv', metrics + metrics.split('\n')[1].replace(/^1,1,/, '2,2,') + '\n');
    rmSync(join(cwd, 'gone-on', 'summary.json'));
    await resume();
    expect(read('metrics.csv')).toBe(metrics);
    const final = (text: string): unknown => (JSON.parse(text) as { final: unknown }).final;
    expect(final(read('summary.json'))).toEqual(final(summary));
    expect(final(summary)).toMatchObject({ epoch: 1, step: 1 });
  });

  it('has a row back that is gone', async () => {
    const metrics = read('metrics.csv');
    write('metrics.csv', metrics.split('\n')[0] + '\n');
    rmSync(join(cwd, 'gone-on', 'summary.json'));
    const { heard } = await resume();
    expect(read('metrics.csv')).toBe(metrics);
    expect(heard).toContain('note: epoch 1 put back into gone-on/metrics.csv from events.jsonl');
  });

  it('is finished where it ended at a plateau, too', async () => {
    for (const outcome of ['done', 'plateau', 'diverged']) {
      write('summary.json', read('summary.json').replace(/"outcome": "\w+"/, `"outcome": "${outcome}"`));
      const ended = await start(new Listener(-1), 'gone-on', { resume: true });
      expect(ended.kind, outcome).toBe(outcome === 'diverged' ? 'done' : 'finished');
    }
  });

  it('changes nothing where it is refused', async () => {
    const content = (): string[] =>
      readdirSync(join(cwd, 'gone-on'), { recursive: true, encoding: 'utf8' })
        .filter((name) => statSync(join(cwd, 'gone-on', name)).isFile())
        .map((name) => `${name} ${readFileSync(join(cwd, 'gone-on', name)).toString('base64')}`);
    rmSync(join(cwd, 'gone-on', 'summary.json'));
    cpSync(join(cwd, 'gone-on'), join(cwd, 'kept'), { recursive: true });
    write('metrics.csv', read('metrics.csv') + '2,2,0.1');
    const other = readFileSync(join(cwd, 'gone-on/checkpoints/best.safetensors'));
    writeFileSync(join(cwd, 'gone-on/checkpoints/last.safetensors'), other.subarray(0, other.length - 9));
    const before = content();
    await expect(start(new Listener(-1), 'gone-on', { resume: true })).rejects.toMatchObject({
      code: 'E_CHECKPOINT_DAMAGED',
    });
    expect(content()).toEqual(before);
    rmSync(join(cwd, 'gone-on'), { recursive: true });
    cpSync(join(cwd, 'kept'), join(cwd, 'gone-on'), { recursive: true });
    await resume();
  });
});

describe('a run that an older version began', () => {
  const begun = (counting: string) =>
    loadConfig(
      'quickstart.json',
      {
        set: [
          ...['data.scenes={train: 16, test: 6}', 'train.epochs=4', 'train.batchSize=8', 'data.dir=nowhere'],
          // After the first epoch none is ever better.
          `train.schedule={name: plateau, factor: 0.5, patience: 1, threshold: 0.9999, counting: ${counting}}`,
        ],
        ...{ engine: 'wasm', threads: 1, input: 32 },
      },
      SHIPPED_ROOT,
    );
  const rates = (name: string): string[] =>
    readFileSync(join(cwd, name, 'metrics.csv'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')[2]);

  it('goes on by what its config meant then, and says so', async () => {
    const controller = new AbortController();
    const stopping = new Listener(-1);
    stopping.show = () => controller.abort();
    const interruption = { ...stopping.interruption, signal: controller.signal };
    const of = { cwd, dir: join(cwd, 'older'), shown: 'older', listener: stopping };
    vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, 'cache-older'));
    const first = await trainRun(begun('keras'), { ...of, flags: {}, interruption });
    expect(first.kind).toBe('interrupted');
    const config = join(cwd, 'older/config.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^ *counting:.*\n/m, ''));

    const listener = new Listener(-1);
    const again = { ...of, flags: { resume: true }, listener, interruption: listener.interruption };
    expect(await trainRun(begun('pytorch'), again)).toMatchObject({ kind: 'done' });
    expect(listener.heard).toContain(
      'note: older was started when patience counted as in Keras, and goes on so: train.schedule.counting keras',
    );
    expect(rates('older').slice(1)).toEqual(['0.0015', '0.0015', '0.00075', '0.000375']);
  }, 60_000);
});

describe('a run that has reached its end', () => {
  const file = (name: string): string => join(cwd, 'ended', name);
  const again = async (): Promise<string[]> => {
    const listener = new Listener(-1);
    const result = await start(listener, 'ended', { resume: true });
    expect(listener.heard).toEqual([]);
    return result.kind === 'finished' ? [...result.notes] : [result.kind];
  };
  let metrics = '';
  beforeAll(async () => {
    await start(new Listener(-1), 'ended');
    metrics = readFileSync(file('metrics.csv'), 'utf8');
  });

  it('has nothing to tell where nothing is gone', async () => {
    expect(await again()).toEqual([]);
  });

  it('has a row back that is gone, and its whole table', async () => {
    const putBack = ['epoch 1 put back into ended/metrics.csv from events.jsonl'];
    writeFileSync(file('metrics.csv'), `${metrics.split('\n')[0]}\n`);
    expect(await again()).toEqual(putBack);
    expect(readFileSync(file('metrics.csv'), 'utf8')).toBe(metrics);
    rmSync(file('metrics.csv'));
    expect(await again()).toEqual(putBack);
    expect(readFileSync(file('metrics.csv'), 'utf8')).toBe(metrics);
    expect(existsSync(file('lock'))).toBe(false);
  });

  it('tells what else is gone', async () => {
    for (const name of ['environment.json', 'checkpoints/best.safetensors', 'events.jsonl'])
      rmSync(file(name));
    expect(await again()).toEqual([
      'ended/events.jsonl is gone: what happened is on record no more',
      'ended/environment.json is gone: nothing says which data, code and machine the run had',
      'ended/checkpoints/best.safetensors is gone: the run has no weights to evaluate or export',
    ]);
  });

  it('is refused where a row is gone that nothing else has', async () => {
    writeFileSync(file('metrics.csv'), `${metrics.split('\n')[0]}\n`);
    await expect(again()).rejects.toMatchObject({ code: 'E_METRICS_GONE', exitCode: 2 });
    expect(readFileSync(file('metrics.csv'), 'utf8')).toBe(`${metrics.split('\n')[0]}\n`);
  });
});

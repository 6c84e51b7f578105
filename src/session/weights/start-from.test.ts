import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SHIPPED_ROOT } from '../../config/testing.js';
import { timmNames } from '../../exchange/timm/index.js';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../runs/safetensors.js';
import { refusal } from '../../util/refusal.testing.js';
import { importWeights, tryStart } from './import-weights.js';
import { loadConfig } from '../load-config.js';
import { refuseOtherWeights } from '../training/resume-rules.js';
import { trainRun, type RunListener } from '../training/train-run.js';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'involve-start-'));
  vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

const small = [
  ...['data.scenes={train: 24, test: 6}', 'train.steps=1', 'train.epochs=null', 'train.batchSize=8'],
  ...['train.schedule={name: constant}', 'model.removeStages=[5, 6, 7, 8]', 'model.attention={type: se}'],
  ...['train.batchNormStatistics=moving'],
];
const load = (...set: string[]) =>
  loadConfig(
    'quickstart.json',
    { set: [...small, ...set], engine: 'wasm', threads: 1, input: 32 },
    SHIPPED_ROOT,
  );

async function start(name: string, set: readonly string[], resume = false): Promise<string[]> {
  const heard: string[] = [];
  const listener: RunListener = {
    note: (text) => void heard.push(text),
    dataProgress: () => undefined,
    begin: () => undefined,
    show: () => undefined,
  };
  const { signal } = new AbortController();
  const interruption = { signal, name: 'SIGINT', exitCode: 130, end: () => undefined } as const;
  const dir = join(cwd, name);
  await trainRun(load(...set), { cwd, dir, shown: name, flags: { resume }, listener, interruption });
  return heard;
}

const checkpoint = (run: string) => readSafetensors(join(cwd, run, 'checkpoints/last.safetensors'));
const environment = (run: string) =>
  JSON.parse(readFileSync(join(cwd, run, 'environment.json'), 'utf8')) as Record<string, unknown>;
describe('train.from', () => {
  beforeAll(async () => {
    await start('first', ['train.seed=3']);
  });

  it('a run: its weights are those that training begins with, on record with their checksum', async () => {
    const heard = await start('second', ['train.from=first', 'train.freeze=features']);
    const file = 'first/checkpoints/best.safetensors';
    const [before, after] = [await readSafetensors(join(cwd, file)), await checkpoint('second')];
    const weights = [...before.tensors].filter(([name]) => !name.startsWith('optimizer/'));
    expect(heard).toContain(`starts from ${file} (names of involve): ${weights.length} tensors`);
    for (const [name, { data }] of weights) {
      const own = after.tensors.get(name)!.data;
      if (name.startsWith('head/classifier/')) expect(own, name).not.toEqual(data);
      else expect(own, name).toEqual(data);
    }
    const sha256 = createHash('sha256')
      .update(readFileSync(join(cwd, file)))
      .digest('hex');
    const startedFrom = { weights: file, sha256, format: 'involve', tensors: weights.length };
    expect(environment('second').startedFrom).toEqual(startedFrom);
    expect(environment('first')).not.toHaveProperty('startedFrom');
  });

  it('is not needed any more by a run that goes on', async () => {
    cpSync(join(cwd, 'first'), join(cwd, 'passing'), { recursive: true });
    await start('third', ['train.from=passing']);
    rmSync(join(cwd, 'passing'), { recursive: true });
    rmSync(join(cwd, 'third/summary.json'));
    const before = await checkpoint('third');
    await start('third', ['train.from=passing'], true);
    expect((await checkpoint('third')).tensors).toEqual(before.tensors);
  });

  it('a file of timm: layout and names are brought over, a head of other classes is new', async () => {
    const { tensors } = await readSafetensors(join(cwd, 'first/checkpoints/best.safetensors'));
    const names = timmNames(load().model)!;
    const theirs = new Map<string, StoredTensor>();
    for (const [name, { shape, data }] of tensors) {
      const [, layer, part] = /^(.*)\/([^/]*)$/.exec(name)!;
      const weight = { name, layer, part, shape, outputAxes: layer.endsWith('/depthwise') ? 2 : 1 };
      const theirName = name.startsWith('optimizer/') ? undefined : names.nameOf(weight);
      if (theirName === undefined) continue;
      const stored = names.convention.to(weight, data as Float32Array);
      theirs.set(theirName, { dtype: 'F32', ...stored });
    }
    theirs.set('classifier.weight', { dtype: 'F32', shape: [9, 1280], data: new Float32Array(9 * 1280) });
    theirs.set('classifier.bias', { dtype: 'F32', shape: [9], data: new Float32Array(9) });
    await writeSafetensors(join(cwd, 'timm.safetensors'), { tensors: theirs, metadata: {} });
    const heard = await start('fourth', ['train.from=timm.safetensors', 'train.freeze=features']);
    expect(heard).toContain('the head is new: the weights tell 9 classes apart, and here there are 6');
    // A dry run says the same without the data, whose classes it does not know.
    expect(await tryStart(load('train.from=timm.safetensors'), cwd)).toEqual([
      `starts from timm.safetensors (names of timm): ${theirs.size} tensors`,
      'the head that comes along tells 9 classes apart',
    ]);
    const anew = await tryStart(load('train.from={weights: timm.safetensors, head: new}'), cwd);
    expect(anew[1]).toBe('the head is new: as train.from.head says');
    expect(await tryStart(load(), cwd)).toEqual([]);
    const other = tryStart(load('train.from=timm.safetensors', 'model.removeStages=[6, 7, 8]'), cwd);
    expect((await refusal(other)).code).toBe('E_WEIGHTS_FOREIGN');
    const after = await checkpoint('fourth');
    for (const [name, { data }] of tensors)
      if (!/^(optimizer|head\/classifier)\//.test(name))
        expect(after.tensors.get(name)!.data, name).toEqual(data);
    // `import` says the same of them, and writes what can be started from.
    const request = { cwd, weights: 'timm.safetensors', checkpoint: 'best', partial: false };
    const imported = await importWeights(load(), { ...request, out: 'start.safetensors' });
    expect(imported).toMatchObject({ head: 9, fitted: { title: 'timm', newHead: undefined } });
    await start('fifth', ['train.from=start.safetensors', 'train.freeze=features']);
    expect((await checkpoint('fifth')).tensors).toEqual(after.tensors);
  });

  it('refuses what is not there before anything is made', async () => {
    const { code, problems } = await refusal(start('none', ['train.from=nowhere.safetensors']));
    expect([code, problems[0].what]).toEqual([
      'E_WEIGHTS_NOT_FOUND',
      'there are no weights nowhere.safetensors',
    ]);
    expect(existsSync(join(cwd, 'none'))).toBe(false);
    expect(await refusal(tryStart(load('train.from=nowhere.safetensors'), cwd))).toMatchObject({ code });
    expect((await refusal(start('none', ['train.from=.']))).code).toBe('E_NOT_A_RUN');
    const missing = await refusal(start('none', ['train.from={weights: first, checkpoint: epoch-7}']));
    expect(missing.problems[0]).toMatchObject({
      what: 'the run first has no checkpoint epoch-7',
      try: 'one that it has: best, last',
    });
  });

  it.each([
    ['w.pth', 'E_WEIGHTS_FORMAT', /\.pth is not read here/],
    ['w.keras', 'E_WEIGHTS_KERAS', /the weights of Keras cannot be read: End of central directory/],
    ['w.h5', 'E_WEIGHTS_KERAS', /the weights of Keras cannot be read: /],
    ['short.safetensors', 'E_CHECKPOINT_DAMAGED', /the file of weights is damaged: it is cut short/],
  ])('refuses %s', async (file, code, what) => {
    writeFileSync(join(cwd, file), 'abc');
    const error = await refusal(start('none', [`train.from=${file}`]));
    expect(error.code).toBe(code);
    expect(error.problems[0].what).toMatch(what);
    expect(existsSync(join(cwd, 'none'))).toBe(false);
  });

  it('refuses weights that are no numbers, and those of another network', async () => {
    const broken = (name: string, values: number[]): Promise<void> => {
      const tensors = new Map([
        [name, { dtype: 'F32' as const, shape: [2], data: Float32Array.from(values) }],
      ]);
      return writeSafetensors(join(cwd, 'broken.safetensors'), { tensors, metadata: {} });
    };
    await broken('stem/conv/kernel', [1, NaN]);
    const numbers = await refusal(start('none', ['train.from=broken.safetensors']));
    expect(numbers.problems[0].what).toBe('weights are not finite numbers: stem/conv/kernel');
    await broken('encoder.weight', [1, 2]);
    const other = await refusal(start('none', ['train.from=broken.safetensors']));
    expect(other.problems[0].what).toMatch(/^these are weights of another network: encoder\.weight \[2\]; /);
    expect(existsSync(join(cwd, 'none'))).toBe(false);
  });

  it('refuses a stage that is not there, before anything is made', async () => {
    const { code } = await refusal(start('none', ['train.freeze=stage5']));
    expect(code).toBe('E_FREEZE');
    expect(existsSync(join(cwd, 'none'))).toBe(false);
  });
});

it('a run that starts again wants the file that it started from', () => {
  const before = { weights: 'a.safetensors', sha256: '12'.repeat(32) };
  const refuse = (now: typeof before | undefined) => () => refuseOtherWeights(before, now, 'run');
  expect(refuse(before)).not.toThrow();
  expect(refuse(undefined)).not.toThrow();
  expect(refuse({ ...before, sha256: '34'.repeat(32) })).toThrow(
    'a.safetensors is not the file that the run started from: its content is another (SHA-256 343434343434…, before 121212121212…)',
  );
});

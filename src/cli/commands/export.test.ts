import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConfigFolder } from '../../config/testing.js';
import { modelFile, readMetadata } from '../../exchange/onnx/model-file.js';
import { NO_ONNXRUNTIME } from '../../exchange/onnx/testing.js';
import { createRun } from '../../runs/run-folder.js';
import { benchEntries } from '../../session/bench/entries.js';
import { makeTrainedRun, SCENES } from '../../session/trained-run.testing.js';
import { defaultCacheDir } from '../../util/cache-dir.js';
import { InvolveError } from '../../util/errors.js';
import { requestStop } from '../../util/interruption.js';
import { thisProcess } from '../../util/process-identity.js';
import type { CommandContext } from '../command.js';
import { bench } from './bench.js';
import { evaluate } from './eval.js';
import { exportCommand } from './export.js';
import { predict } from './predict.js';

let folder: ConfigFolder;
let printed: string[];
let context: CommandContext;
const realCache = defaultCacheDir();
beforeAll(async () => {
  vi.stubEnv('INVOLVE_ENGINE_DIR', '');
  folder = await makeTrainedRun();
  const image = sharp({ create: { width: 20, height: 16, channels: 3, background: '#c52' } });
  await image.png().toFile(join(folder.path, 'photo.png'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});
beforeEach(() => {
  printed = [];
  const print = (line: string) => printed.push(line);
  context = {
    print,
    note: () => undefined,
    cwd: folder.path,
    interactive: false,
  } as unknown as CommandContext;
});

const run = (flags: object = {}, name = 'run') =>
  exportCommand.run({ run: name }, { format: 'onnx', check: 0, ...flags }, context);
const path = (name: string): string => join(folder.path, name);

interface Refusal {
  readonly exitCode: number;
  readonly code: string;
  readonly what: string;
  readonly advice: string;
}

async function refusal(work: () => Promise<unknown>): Promise<Refusal> {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof InvolveError)) throw error ?? new Error('nothing was refused');
  const [{ what, try: advice = '' }] = error.problems;
  return { exitCode: error.exitCode, code: error.code, what, advice };
}

describe('involve export', () => {
  it('writes a file that says what it is, and nothing of where data lay', async () => {
    expect(await run({ out: 'made/scenes.onnx' })).toBe(0);
    expect(printed[0]).toMatch(/^wrote made\/scenes\.onnx \(\d+\.\d MB\), best checkpoint \(epoch 1\)$/);
    expect(printed[1]).toBe('nobody has read it: --check was 0');
    const { producer, metadata } = readMetadata(readFileSync(path('made/scenes.onnx')))!;
    expect(producer).toBe('involve');
    expect(JSON.parse(metadata.classes)).toEqual(SCENES);
    expect(JSON.parse(metadata.preprocessing)).toEqual({ inputSize: 16, resize: 'squeeze' });
    expect(JSON.parse(metadata.origin)).toEqual({ run: 'made/seed-0', checkpoint: 'best', epoch: 1 });
    expect(JSON.parse(metadata.experiment)).toMatchObject({
      name: 'made',
      data: { name: 'scenes', dir: null },
    });
    expect(readdirSync(path('made'))).toEqual(['scenes.onnx']);
  });

  it('goes into the run’s folder by default, and is the same every time', async () => {
    await run();
    const first = readFileSync(path('run/model.onnx'));
    await run();
    expect(readFileSync(path('run/model.onnx')).equals(first)).toBe(true);
  });

  it('removes what an export that was killed left behind, and no folder of the user’s', async () => {
    const gone = { ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid, started: '1' };
    for (const name of ['.building-1-left', '.building-1-other', '.building-site'])
      mkdirSync(path(`beside/${name}`), { recursive: true });
    writeFileSync(path('beside/.building-1-left/owner.json'), JSON.stringify(gone));
    writeFileSync(path('beside/.building-1-other/owner.json'), JSON.stringify(thisProcess()));
    await run({ out: 'beside/scenes.onnx' });
    expect(readdirSync(path('beside')).sort()).toEqual([
      '.building-1-other',
      '.building-site',
      'scenes.onnx',
    ]);
  });

  it('keeps classes of any name', async () => {
    const names = ['a"b\\', 'new\nline', '', '\u0000', '猫 🐈', '\ud800'];
    const record = readFileSync(path('run/environment.json'), 'utf8');
    try {
      writeFileSync(
        path('run/environment.json'),
        record.replace(/"classes": \[[^\]]*\]/, `"classes": ${JSON.stringify(names)}`),
      );
      await run({ out: 'hostile.onnx' });
      const { metadata } = readMetadata(readFileSync(path('hostile.onnx')))!;
      expect(JSON.parse(metadata.classes)).toEqual(names);
    } finally {
      writeFileSync(path('run/environment.json'), record);
    }
  });

  it('leaves what is there where it can write nothing, and says what to do', async () => {
    mkdirSync(path('taken'));
    writeFileSync(path('plain'), 'mine');
    expect(await refusal(() => run({ out: 'taken' }))).toMatchObject({
      exitCode: 2,
      code: 'E_EXPORT_OUT',
      advice: '--out taken/model.onnx',
    });
    expect(await refusal(() => run({ out: 'plain/model.onnx' }))).toMatchObject({ exitCode: 2 });
    expect(readFileSync(path('plain'), 'utf8')).toBe('mine');
    expect(readdirSync(path('taken'))).toEqual([]);
  });

  it('refuses what is no run, a run without a checkpoint, and a checkpoint that is not there', async () => {
    expect(await refusal(() => run({}, 'nowhere'))).toMatchObject({ exitCode: 2, code: 'E_NOT_A_RUN' });
    expect(await refusal(() => run({}, 'photo.png'))).toMatchObject({
      exitCode: 2,
      what: `${path('photo.png')} is a file, and no run folder`,
    });
    const config = readFileSync(path('run/config.yaml'), 'utf8');
    const empty = await createRun({ dir: path('begun'), config, environment: { classes: SCENES } });
    await empty.close();
    expect(await refusal(() => run({}, 'begun'))).toMatchObject({ exitCode: 2, code: 'E_NO_CHECKPOINT' });
    expect(await refusal(() => run({ checkpoint: 'epoch-7' }))).toMatchObject({
      exitCode: 2,
      code: 'E_NO_CHECKPOINT',
    });
  });

  it('says how to install ONNX Runtime where it is not, before anything is computed', async () => {
    vi.stubEnv('INVOLVE_CACHE_DIR', path('no cache'));
    const { exitCode, advice } = await refusal(() => run({ check: 5 }, 'nowhere'));
    vi.stubEnv('INVOLVE_CACHE_DIR', undefined);
    expect(exitCode).toBe(3);
    expect(advice).toMatch(
      /^npm install --ignore-scripts --prefix '.*no cache\/onnxruntime' onnxruntime-node@[\d.]+, or --check 0/,
    );
  });
});

describe('files of others', () => {
  const asked = (file: string) => [
    () => predict.run({ run: file, image: ['photo.png'] }, { top: 1 }, context),
    () => evaluate.run({ run: file }, { split: 'test' }, context),
    () => bench.run({ config: [file] }, { mode: 'infer', trials: 1 }, context),
  ];

  it.each([
    ['text.onnx', Buffer.from('hello'), 'is neither a run folder nor an ONNX file'],
    ['empty.onnx', Buffer.alloc(0), 'is neither a run folder nor an ONNX file'],
    [
      'foreign.onnx',
      foreign(),
      'is an ONNX file of pytorch: it does not say of what classes its outputs are',
    ],
    ['later.onnx', ours({ involve: '99' }), 'is of version 99, and this program knows 1'],
    [
      'damaged.onnx',
      ours({ involve: '1', classes: '[', origin: '{}', experiment: '{}' }),
      'has texts that are damaged: classes',
    ],
  ])('%s is bad input', async (name, content, words) => {
    writeFileSync(path(name), content);
    for (const ask of asked(name)) {
      const { exitCode, what, advice } = await refusal(ask);
      expect([exitCode, what]).toEqual([2, expect.stringContaining(words)]);
      expect(advice).toContain('involve export --format onnx');
    }
  });
});

describe.skipIf(NO_ONNXRUNTIME)('an exported file', () => {
  beforeAll(() => {
    vi.stubEnv('INVOLVE_CACHE_DIR', realCache);
  });
  afterEach(() =>
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.building-'))).toEqual([]),
  );

  it('is read by ONNX Runtime and compared with the run', async () => {
    expect(await run({ check: 18, out: 'checked.onnx', json: true })).toBe(0);
    const {
      path: out,
      bytes,
      check,
    } = JSON.parse(printed[0]) as {
      path: string;
      bytes: number;
      check: {
        images: number;
        sameTop1: number;
        largestDifference: number;
        largestLogit: number;
        reader: string;
      };
    };
    expect([out, bytes]).toEqual(['checked.onnx', statSync(path('checked.onnx')).size]);
    expect(check).toMatchObject({ images: 18, sameTop1: 18 });
    expect(check.largestDifference).toBeLessThan(1e-5);
    expect(check.largestLogit).toBeGreaterThan(1e-3);
    expect(check.reader).toMatch(/^onnxruntime-node \d/);
  });

  it('is not there where the command was stopped', async () => {
    writeFileSync(path('stopped.onnx'), 'before');
    const working = run({ check: 20, out: 'stopped.onnx' });
    while (!requestStop('SIGINT')) await new Promise((resolve) => setImmediate(resolve));
    expect(await working).toBe(130);
    expect(readFileSync(path('stopped.onnx'), 'utf8')).toBe('before');
  });

  it('answers eval and predict as its run does', async () => {
    await run({ out: 'same.onnx' });
    const outputs = [];
    for (const name of ['run', 'same.onnx']) {
      printed = [];
      await predict.run({ run: name, image: ['photo.png'] }, { top: 3, json: true }, context);
      await evaluate.run({ run: name }, { split: 'test', json: true }, context);
      const [prediction, evaluation] = printed.map((line) => JSON.parse(line) as Record<string, unknown>);
      outputs.push({ prediction, evaluation });
    }
    const [ofRun, ofFile] = outputs;
    const classes = (prediction: Record<string, unknown>) =>
      prediction.classes as { name: string; probability: number }[];
    classes(ofRun.prediction).forEach(({ name, probability }, i) => {
      const other = classes(ofFile.prediction)[i];
      expect(other.name).toBe(name);
      expect(other.probability).toBeCloseTo(probability, 5);
    });
    const { engine, loss, ...others } = ofFile.evaluation;
    expect(engine).toMatch(/^onnxruntime-node/);
    expect(loss).toBeCloseTo(ofRun.evaluation.loss as number, 5);
    expect({ ...ofRun.evaluation, run: 'same.onnx' }).toMatchObject(others);
  });

  it('has one checkpoint alone', async () => {
    await run({ out: 'one.onnx' });
    const asked = () => evaluate.run({ run: 'one.onnx' }, { split: 'test', checkpoint: 'last' }, context);
    expect(await refusal(asked)).toMatchObject({ exitCode: 2, code: 'E_ONNX_CHECKPOINT' });
  });

  it('is not timed in training, nor with images of another size', async () => {
    await run({ out: 'timed.onnx' });
    const asked = () =>
      bench.run({ config: ['timed.onnx'] }, { mode: 'train', input: 32, trials: 1 }, context);
    const error = await asked().catch((thrown: unknown) => thrown);
    expect((error as InvolveError).problems.map((problem) => problem.try)).toEqual([
      '--mode infer, or the config of its run',
      '--input 16, or the config of its run',
    ]);
    const shared = benchEntries(['timed.onnx'], { mode: 'train', workers: 2 }, context.cwd);
    const problems = await shared.catch((thrown: unknown) => (thrown as InvolveError).problems);
    expect(problems).toMatchObject([
      { where: 'timed.onnx', try: '--mode infer without --workers, or the config of its run' },
    ]);
  });

  it('takes no flags that are for configs, unless there are configs too', async () => {
    await run({ out: 'alone.onnx' });
    const flags = { mode: 'infer', engine: 'wasm', set: ['model.alpha=1'], threads: 1 } as const;
    const problems = async (configs: readonly string[]) => {
      const error = await benchEntries(configs, flags, context.cwd).catch((thrown: unknown) => thrown);
      return (error as InvolveError).problems.map(({ what, where }) => `${where}: ${what.split(':')[0]}`);
    };
    expect(await problems(['alone.onnx'])).toEqual([
      'alone.onnx: --set is for configs',
      'alone.onnx: --engine is for configs',
    ]);
    const entries = await benchEntries(['alone.onnx', 'run/config.yaml'], { ...flags, set: [] }, context.cwd);
    expect(entries.map(({ task }) => task.experiment.engine.threads)).toEqual([1, 1]);
  });
});

/** As torch.onnx begins one: IR version 8, its name, an empty graph. */
function foreign(): Buffer {
  return Buffer.from('\x08\x08\x12\x07pytorch\x3a\x00', 'latin1');
}

function ours(metadata: Record<string, string>): Buffer {
  const graph = { nodes: [], constants: new Map() };
  return Buffer.concat([
    ...modelFile({ graph, name: 'x', version: '0', inputSize: 1, output: [1], metadata }),
  ]);
}

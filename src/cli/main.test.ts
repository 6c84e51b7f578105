import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataSetNames } from '../data/sets/index.js';
import { loadExperiment } from '../config/load.js';
import { COMMANDS } from './commands.js';
import type { Flags } from './flags.js';
import { runHere, type Result } from './in-process.testing.js';

let cwd: string;
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'involve-cli-')));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const involve = (...argv: string[]): Promise<Result> => runHere(cwd, argv);

describe('help', () => {
  it('lists every command that works, on stdout', async () => {
    const { code, out, err } = await involve('--help');
    expect([code, err]).toEqual([0, '']);
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name.split(' ')[0]} `, 'm'));
  });

  it.each(COMMANDS.map(({ name, description, example }) => [name, description, example]))(
    'of %s has a description and an example',
    async (name, description, example) => {
      const { code, out } = await involve(...name.split(' '), '--help');
      expect(code).toBe(0);
      expect(out.replace(/\s+/g, ' ')).toContain(description);
      expect(out).toContain(`Example:\n  ${example}`);
      expect(example.startsWith(`involve ${name}`)).toBe(true);
    },
  );

  it('prints the version', async () => {
    expect(await involve('--version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it('without a command is an error that shows what there is', async () => {
    const { code, out, err } = await involve();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: involve <command> [options]');
    expect(err).toMatch(/\nerror: involve needs a command$/);
  });
});

describe('what cannot be understood exits with 2', () => {
  it.each<[string[], string]>([
    [['trian', 'x.json', '--seed', '3'], 'error: unknown command "trian"\n  try: did you mean "train"?'],
    [['frobnicate'], 'error: unknown command "frobnicate"\n  try: involve --help'],
    [['--debgu'], 'error: unknown option "--debgu"\n  at involve\n  try: did you mean "--debug"?'],
    [
      ['train', 'x.json', '--thread', '3'],
      'error: unknown option "--thread"\n  at involve train\n  try: did you mean "--threads"?',
    ],
    [
      ['doctor', '--frobnicate'],
      'error: unknown option "--frobnicate"\n  at involve doctor\n  try: involve doctor --help',
    ],
    [
      ['train', 'x.json', '--smoke=true'],
      'error: --smoke takes no value, received "true"\n  at involve train\n  try: --smoke',
    ],
    [
      ['train', 'x.json', '--dry-run=0'],
      'error: --dry-run takes no value, received "0"\n  at involve train\n  try: leave --dry-run out',
    ],
    [
      ['train', 'x.json', '--resume=runs/a=b'],
      'error: --resume takes no value, received "runs/a=b"\n  at involve train\n  try: --resume',
    ],
    [
      ['data', 'list', '--json='],
      'error: --json takes no value, received ""\n  at involve data list\n  try: --json',
    ],
    [['--debug=1', 'doctor'], 'error: --debug takes no value, received "1"\n  at involve\n  try: --debug'],
    [
      ['doctor', '--help=all'],
      'error: --help takes no value, received "all"\n  at involve doctor\n  try: --help',
    ],
    [
      ['doctor', '--version'],
      'error: unknown option "--version"\n  at involve doctor\n  try: involve --version',
    ],
    [['train'], 'error: missing required argument "config"\n  at involve train\n  try: involve train --help'],
    [
      ['train', 'x.json', '--set'],
      'error: option "--set <path=value>" argument missing\n  at involve train\n  try: involve train --help',
    ],
    [
      ['doctor', 'now'],
      'error: too many arguments for "doctor". Expected 0 arguments but got 1.\n  at involve doctor\n  try: involve doctor --help',
    ],
    [['train', 'x.json', '--seed', '1.5'], 'error: --seed expects a whole number from 0 up, received "1.5"'],
    [
      ['train', 'x.json', '--threads', '0'],
      'error: --threads expects a whole number from 1 to 64, received "0"',
    ],
    [
      ['train', 'x.json', '--device', 'gpu'],
      'error: --device expects one of auto, cuda, cpu, received "gpu"\n  try: did you mean "cuda"?',
    ],
    [['train', 'x.json'], 'error: there is no config x.json'],
  ])('%j', async (argv, text) => {
    expect(await involve(...argv)).toEqual({ code: 2, out: '', err: text });
  });

  it('a config with several problems, one after the other', async () => {
    writeFileSync(
      join(cwd, 'a.yaml'),
      'name: a\ndata: { name: scenes, inputSize: 32 }\nmodel: { family: efficientnet, removeStages: [1] }\ntrain: { epoch: 2, epochs: 2 }\n',
    );
    expect(await involve('train', 'a.yaml', '--dry-run')).toEqual({
      code: 2,
      out: '',
      err: `error: only stages 2 to 8 can be removed, received 1
  at a.yaml:3: model.removeStages[0]
error: unknown key "epoch"
  at a.yaml:4: train.epoch
  try: did you mean "epochs"?`,
    });
  });
});

describe('--debug', () => {
  it('shows the stack, wherever it stands', async () => {
    for (const argv of [
      ['--debug', 'train', 'x.json'],
      ['train', 'x.json', '--debug'],
    ]) {
      const { code, err } = await involve(...argv);
      expect(code).toBe(2);
      expect(err).toMatch(/^error: there is no config x\.json\nInvolveError: .*\n {4}at /);
    }
  });
});

describe('init', () => {
  it.each(dataSetNames)('writes a config on %s that loads', async (data) => {
    const { code, out, err } = await involve('init', 'my-own', '--data', data);
    expect([code, err]).toEqual([0, 'wrote my-own.yaml']);
    expect(out.split('\n').at(-1)).toBe('involve train my-own.yaml');
    const { experiment } = loadExperiment(join(cwd, 'my-own.yaml'));
    expect(experiment).toMatchObject({ name: 'my-own', data: { name: data } });
  });

  it('says how to get data that is not there', async () => {
    expect((await involve('init', '--data', 'cifar10')).out).toBe(
      'involve data get cifar10\ninvolve train experiment.yaml',
    );
    mkdirSync(join(cwd, 'datasets/cifar10'), { recursive: true });
    expect((await involve('init', 'second', '--data', 'cifar10')).out).toBe('involve train second.yaml');
  });

  it('takes a file in a folder', async () => {
    expect(await involve('init', 'mine/first.yml')).toMatchObject({
      code: 0,
      out: 'involve train mine/first.yml',
    });
    expect(loadExperiment(join(cwd, 'mine/first.yml')).experiment.name).toBe('first');
  });

  it('takes ~/ for the own folder, also in quotes', async () => {
    vi.stubEnv('HOME', cwd);
    try {
      const file = join(cwd, 'mine/e.yaml');
      expect(await involve('init', '~/mine/e.yaml')).toEqual({
        ...{ code: 0, out: `involve train ${file}`, err: `wrote ${file}` },
      });
      expect(loadExperiment(file).experiment.name).toBe('e');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('quotes what is to be typed next as a shell needs it', async () => {
    expect((await involve('init', 'my configs/e')).out).toBe("involve train 'my configs/e.yaml'");
    expect((await involve('init', 'my configs/e.json')).err).toContain(
      "\n  try: involve init 'my configs/e.yaml'",
    );
  });

  it('says why nothing can be written there', async () => {
    writeFileSync(join(cwd, 'a.yaml'), '');
    expect((await involve('init', 'a.yaml/b')).err).toBe(
      `error: ${cwd}/a.yaml is a file, and a folder is needed\n  at ${cwd}/a.yaml/b.yaml\n  try: choose another folder`,
    );
    if (process.platform !== 'linux') return;
    for (const file of ['/proc/x.yaml', '/proc/x/y.yaml'])
      expect((await involve('init', file)).err).toContain(
        'error: the system lets nothing be made in /proc\n',
      );
  });

  it('never overwrites', async () => {
    writeFileSync(join(cwd, 'a.yaml'), 'mine');
    expect(await involve('init', 'a')).toMatchObject({
      code: 2,
      err: 'error: a.yaml exists; init never overwrites\n  try: give another name: involve init my-experiment',
    });
  });

  it.each([
    [
      'a.json',
      'error: init writes YAML, since JSON has no comments; received "a.json"\n  try: involve init a.yaml',
    ],
    [
      'a b',
      'error: use letters, digits, dot, dash and underscore, since it names a folder, received "a b"\n  at NAME',
    ],
  ])('refuses %s', async (name, text) => {
    expect(await involve('init', name)).toEqual({ code: 2, out: '', err: text });
  });
});

describe('schema', () => {
  it('prints or writes the JSON Schema', async () => {
    const { out } = await involve('schema');
    expect(JSON.parse(out)).toMatchObject({ type: 'object', additionalProperties: false });
    expect(await involve('schema', '--out', 's.json')).toMatchObject({
      code: 0,
      out: '',
      err: 'wrote s.json',
    });
  });
});

describe('flags of other tools', () => {
  it.each([
    [['train', 'x.json', '--epochs', '3'], '--set train.epochs=3'],
    [['train', 'x.json', '--lr=0.1'], '--set train.optimizer.learningRate=0.1'],
    [['summary', 'x.json', '--batch-size', '8'], '--set train.batchSize=8'],
    [['bench', 'x.json', '--weight_decay', '1e-4'], '--set train.optimizer.weightDecay=1e-4'],
    [['train', 'x.json', '--arch'], '--set model.family=VALUE'],
    [['train', 'x.json', '--num-workers', '4'], '--set data.workers=4'],
    [['train', 'x.json', '--seedd', '4'], 'did you mean "--seed"?'],
    [['eval', 'runs/x', '--epochs', '3'], 'involve eval --help'],
  ])('%j', async (argv, hint) => {
    const { code, err } = await involve(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: unknown option "--/);
    expect(err).toContain(`  try: ${hint}`);
  });

  it('~/ is the own folder in whatever takes a path', () => {
    const pathFlags = COMMANDS.flatMap(({ name, flags }) =>
      Object.entries(flags as Flags)
        .filter(([, { placeholder = '' }]) => /^(file|dir|path|run|url\|file)$/.test(placeholder))
        .map(([key, flag]) => [`${name} ${key}`, flag.parse('~/x', `--${key}`, undefined)]),
    );
    expect(pathFlags.length).toBeGreaterThan(20);
    for (const [name, value] of pathFlags)
      expect([value].flat(), String(name)).toEqual([join(homedir(), 'x')]);
  });

  it('the folder of another user is told in words', async () => {
    expect((await involve('report', '~nobody/x')).err).toBe(
      'error: "~nobody/x" begins with "~", and only "~/" is known, for your own folder\n' +
        '  try: write that folder in full, or ./~nobody/x if it is called so',
    );
  });

  it('~/ is the own folder within a word too', async () => {
    const { code, err } = await involve('schema', '--out=~nobody/x');
    expect([code, err.split('\n')[0]]).toEqual([
      2,
      'error: "~nobody/x" begins with "~", and only "~/" is known, for your own folder',
    ]);
  });
});

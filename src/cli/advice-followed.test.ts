import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { badAdvice } from './advice.testing.js';
import { tinyExperiment, Workspace } from './command-line.testing.js';
import { runCommandLine } from './main.js';

/** What a command line came to, run in this process. */
interface Said {
  readonly code: number;
  readonly notes: string;
  readonly advice: string;
}

/**
 * A mistake, and what is typed by somebody who does as the `try:` line says: the words that `matches` finds in it are
 * handed over. Afterwards the command does its work.
 */
interface Situation {
  readonly typed: string;
  readonly matches: RegExp;
  readonly then: (found: RegExpExecArray) => string;
  /** What the mistake comes to. */
  readonly code?: number;
}

const work = new Workspace();

async function run(typed: string): Promise<Said> {
  const args = typed.split(' ');
  const notes: string[] = [];
  const code = await runCommandLine(args, {
    print: () => undefined,
    note: (line) => void notes.push(line),
    interactive: false,
    cwd: work.dir,
  });
  const text = `${notes.join('\n')}\n`;
  expect(badAdvice(args, text), typed).toEqual([]);
  return { code, notes: text, advice: /^ {2}try: (.*)$/m.exec(text)?.[1] ?? '' };
}

/** Writes a file anew with one word in the place of another. */
function replace(name: string, from: string, to: string): void {
  const text = readFileSync(work.path(name), 'utf8');
  expect(text).toContain(from);
  work.write(name, text.replace(from, to));
}

/** The same command line with the word that was meant. */
const instead =
  (typed: string, wrong: string): Situation['then'] =>
  ([, meant]) =>
    typed.replace(wrong, meant);

const MEANT = /^did you mean "(.*)"\?$/;
const dry = 'train tiny.json --dry-run';

const mistyped = (typed: string, wrong: string, matches = MEANT): Situation => ({
  typed,
  matches,
  then: instead(typed, wrong),
});

/** A config with a mistake in it, mended in the file. */
const inFile = (
  name: string,
  content: object | string,
  matches: RegExp,
  mend: (found: RegExpExecArray) => [from: string, to: string],
  command = `train ${name} --dry-run`,
): Situation & { readonly write: () => void } => ({
  typed: command,
  matches,
  write: () => void work.write(name, content),
  then: (found) => {
    replace(name, ...mend(found));
    return command;
  },
});

const YAML =
  'name: a\ndata: {name: scenes, inputSize: 32}\nmodel: {family: efficientnet}\ntrain: {epochs: 1}\n';

const SITUATIONS: (Situation & { readonly write?: () => void })[] = [
  // Words of the command line.
  mistyped('trian tiny.json --dry-run', 'trian'),
  mistyped('engine lst', 'lst'),
  mistyped('completion bsh', 'bsh'),
  mistyped('schema --of swep', 'swep'),
  mistyped('data check scnes', 'scnes'),
  mistyped('train tiney.json --dry-run', 'tiney.json'),
  mistyped('train tiny --dry-run', 'tiny'),
  mistyped(`${dry} --seeed 3`, '--seeed'),
  mistyped(`${dry} --set train.epochss=3`, 'epochss'),
  mistyped(`${dry} --set model.attention.type=involutoin`, 'involutoin'),
  mistyped(`${dry} --epochs 2`, '--epochs 2', /^(--set train\.epochs=2)$/),
  mistyped(`${dry} --lr 0.1`, '--lr 0.1', /^(--set train\.optimizer\.learningRate=0\.1)$/),
  mistyped(`${dry} --set train.epochs`, '--set train.epochs', /^(--set train\.epochs=3)$/),
  mistyped(`${dry} --set train.clipNorm=`, 'train.clipNorm=', /^write (train\.clipNorm=null) for none$/),
  mistyped(`${dry} --set train.lr=0.1`, 'train.lr', MEANT),
  mistyped('lr-find tiny.json --from 3 --to 1 --steps 10', '--from 3 --to 1', /^(--from 1e-6 --to 10)$/),
  mistyped('init first.json', 'init first.json', /^involve (init first\.yaml)$/),
  mistyped('train --dry-run', 'train --dry-run', /^involve (train --help)$/),
  // Keys and values of a config.
  inFile(
    'typo.json',
    tinyExperiment({ train: { batchSize: undefined, batchSiez: 4 } }),
    MEANT,
    ([, meant]) => ['batchSiez', meant],
  ),
  inFile(
    'missing.json',
    { ...tinyExperiment(), data: { name: 'scenes' } },
    /^add "inputSize": a whole number from (8) to 1024$/,
    () => ['"name": "scenes"', '"name": "scenes", "inputSize": 32'],
  ),
  inFile('yes.yaml', `${YAML}augment: {flip: yes}\n`, /^write (true)$/, ([, value]) => ['yes', value]),
  inFile('tab.yaml', YAML.replace('{epochs: 1}', '\n\tepochs: 1'), /^indent with spaces$/, () => [
    '\t',
    '  ',
  ]),
  inFile('glued.yaml', YAML.replace('epochs: 1', 'epochs:1'), /: (epochs: 1)$/, ([, meant]) => [
    'epochs:1',
    meant,
  ]),
  inFile(
    'stages.json',
    tinyExperiment({ model: { removeStages: [2, 3, 4, 5, 6, 7, 8] } }),
    /^keep at least one of the stages 2 to (8)$/,
    () => [JSON.stringify([2, 3, 4, 5, 6, 7, 8], null, 2).replaceAll('\n', '\n    '), '[7, 8]'],
  ),
  inFile(
    'groups.json',
    tinyExperiment({ model: { attention: { type: 'involution', groups: 5 } } }),
    /^groups (\d+)/,
    ([, groups]) => ['"groups": 5', `"groups": ${groups}`],
  ),
  inFile(
    'wide.json',
    {
      ...tinyExperiment(),
      model: { family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5, spatial: { type: 'involution' } },
    },
    /^model\.alpha (0), or no model\.spatial$/,
    ([, alpha]) => ['0.5', alpha],
  ),
  // A config is not a sweep.
  {
    typed: 'train grid.yaml --dry-run',
    matches: /^involve (sweep grid\.yaml), or a config, such as its base: (tiny\.json)$/,
    then: ([, sweep]) => `${sweep} --dry-run`,
  },
  {
    typed: 'bench grid.yaml --trials 1 --batch 2',
    matches: /, or a config, such as its base: (tiny\.json)$/,
    then: ([, config]) => `summary ${config}`,
  },
  {
    typed: 'sweep tiny.json --dry-run',
    matches: /^involve (train tiny\.json), or write a sweep that says base: tiny\.json$/,
    then: ([, train]) => `${train} --dry-run`,
  },
  // Sweeps.
  mistyped('sweep gird.yaml --dry-run', 'gird.yaml'),
  inFile(
    'base.yaml',
    'base: tiny.jsn\ngrid: {train.epochs: [1]}\n',
    MEANT,
    ([, meant]) => ['tiny.jsn', meant],
    'sweep base.yaml --dry-run',
  ),
  inFile(
    'key.yaml',
    'base: tiny.json\ngrid: {train.epochss: [1]}\n',
    MEANT,
    ([, meant]) => ['epochss', meant],
    'sweep key.yaml --dry-run',
  ),
  inFile(
    'seeds.yaml',
    'base: tiny.json\ngrid: {train.seed: [0, 1, 2]}\n',
    /^give the seeds as (seeds: \[0, 1, 2\])$/,
    ([, seeds]) => ['grid: {train.seed: [0, 1, 2]}', seeds],
    'sweep seeds.yaml --dry-run',
  ),
  inFile(
    'twice.yaml',
    'base: tiny.json\ngrid: {train.epochs: [1, 2]}\nset: {train.epochs: 3}\n',
    /^keep one of them$/,
    () => ['set: {train.epochs: 3}\n', ''],
    'sweep twice.yaml --dry-run',
  ),
  // Machines and data.
  {
    typed: 'lr-find tiny.json --steps 10 --device cuda',
    matches: /\(or (--device cpu)\)$/,
    then: ([, cpu]) => `lr-find tiny.json --steps 10 ${cpu}`,
    code: 3,
  },
  {
    typed: 'data check tiny.json --set data.name=intel',
    matches: /`(--set data\.name=scenes)` for drawn images that need no download$/,
    then: ([, scenes]) => `data check tiny.json ${scenes}`,
    code: 3,
  },
  {
    typed: 'data check tiny.json --set data.name=cifar10 --set data.dir=/nowhere',
    matches: /`(--set data\.name=scenes --set data\.dir=null)`/,
    then: ([, scenes]) => `data check tiny.json ${scenes}`,
  },
  {
    typed: 'lr-find tiny.json --steps 10 --set data.limit.train=2',
    matches: /^(--set data\.limit\.train=6), or more$/,
    then: ([, limit]) => `lr-find tiny.json --steps 10 ${limit}`,
  },
  {
    typed: `${dry} --out ~x/a`,
    matches: /^write that folder in full, or (\.\/~x\/a) if it is called so$/,
    then: ([, out]) => `${dry} --out ${out}`,
  },
];

describe('what follows from advice that is taken', () => {
  beforeAll(() => {
    vi.stubEnv('INVOLVE_CACHE_DIR', work.path('cache'));
    vi.stubEnv('INVOLVE_ENGINE_DIR', '');
    work.write('tiny.json', tinyExperiment());
    work.write('grid.yaml', 'base: tiny.json\ngrid: {train.epochs: [1, 2]}\n');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    work.remove();
  });

  it.each(SITUATIONS.map((each) => [each.typed, each] as const))('%s', async (_, situation) => {
    const { typed, matches, then, code = 2, write } = situation;
    write?.();
    const refused = await run(typed);
    expect([refused.code, refused.advice], refused.notes).toEqual([code, expect.stringMatching(matches)]);
    const followed = await run(then(matches.exec(refused.advice)!));
    expect(followed.code, followed.notes).toBe(0);
  });
});

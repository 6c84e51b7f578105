import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CONFIG_SITUATIONS } from './advice-of-configs.testing.js';
import { DATA_SITUATIONS, FEW } from './advice-of-data.testing.js';
import { NETWORK_SITUATIONS } from './advice-of-networks.testing.js';
import { RUN_SITUATIONS } from './advice-of-runs.testing.js';
import { dryRun, inFile, MEANT, mistyped, type Situation } from './advice-situation.testing.js';
import { adviceSites, type AdviceSite } from './advice-sites.testing.js';
import { badAdvice } from './advice.testing.js';
import { tinyExperiment, Workspace } from './command-line.testing.js';
import { FOLLOWED_ELSEWHERE } from './followed-elsewhere.testing.js';
import { runHere } from './in-process.testing.js';

/** What a command line came to, run in this process. */
interface Said {
  readonly code: number;
  readonly notes: string;
  readonly advice: string;
}

const work = new Workspace();

async function run(typed: string, debug = false): Promise<Said> {
  const args = [...typed.split(' '), ...(debug ? ['--debug'] : [])];
  const { code, err } = await runHere(work.dir, args);
  const text = `${err}\n`;
  expect(badAdvice(args, text), typed).toEqual([]);
  return { code, notes: text, advice: /^ {2}try: (.*)$/m.exec(text)?.[1] ?? '' };
}

const dry = dryRun('tiny.json');

const YAML =
  'name: a\ndata: {name: scenes, inputSize: 32}\nmodel: {family: efficientnet}\ntrain: {epochs: 1}\n';

const SITUATIONS: readonly Situation[] = [
  ...CONFIG_SITUATIONS,
  ...DATA_SITUATIONS,
  ...NETWORK_SITUATIONS,
  ...RUN_SITUATIONS,
  // Words of the command line.
  mistyped('trian tiny.json --dry-run --engine reference', 'trian'),
  mistyped('engine lst', 'lst'),
  mistyped('completion bsh', 'bsh'),
  mistyped('schema --of swep', 'swep'),
  mistyped(`data check scnes${FEW}`, 'scnes'),
  mistyped(dryRun('tiney.json'), 'tiney.json'),
  mistyped(dryRun('tiny'), 'tiny'),
  mistyped(`${dry} --seeed 3`, '--seeed'),
  mistyped(`${dry} --set train.epochss=3`, 'epochss'),
  mistyped(`${dry} --set model.attention.type=involutoin`, 'involutoin'),
  mistyped(`${dry} --epochs 2`, '--epochs 2', /^(--set train\.epochs=2)$/),
  mistyped(`${dry} --lr 0.1`, '--lr 0.1', /^(--set train\.optimizer\.learningRate=0\.1)$/),
  mistyped(`${dry} --finetune done`, '--finetune done', /^(--set train\.from=done)$/),
  mistyped(`${dry} --smoke=true`, '--smoke=true', /^(--smoke)$/),
  mistyped(`${dry} --smoke=off`, ' --smoke=off', /^leave --smoke out()$/),
  {
    typed: 'doctor --version',
    matches: /^involve (--version)$/,
    then: ([, version]) => version,
  },
  {
    typed: 'engine remove torch',
    matches: /^involve (engine list --verbose) shows what is where$/,
    then: ([, list]) => list,
  },
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
  // Places.
  {
    typed: 'report done --out reports/a.html',
    matches: /^create it: (mkdir -p .*)$/,
    then: ([, mkdir], { dir }) => {
      execFileSync('sh', ['-c', mkdir], { cwd: dir });
      return 'report done --out reports/a.html';
    },
  },
  {
    typed: 'report done --out tiny.json/a.md',
    matches: /^choose another folder$/,
    then: () => 'report done --out a.md',
  },
  mistyped('report done --out -', ' --out -', /^leave --out out()(?:: Markdown goes to stdout)$/),
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
  {
    typed: 'sweep grid.yaml --launcher slurm --slurm tasks=2 --dry-run',
    matches: /^(--set train\.workers=2)$/,
    then: ([, set]) => `sweep grid.yaml --launcher slurm --slurm tasks=2 --dry-run ${set}`,
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
    typed: `${dry} --set data.limit.train=2`,
    matches: /^(--set data\.limit\.train=6), or more$/,
    then: ([, limit]) => `${dry} ${limit}`,
  },
  {
    typed: `${dry} --out ~x/a`,
    matches: /^write that folder in full, or (\.\/~x\/a) if it is called so$/,
    then: ([, out]) => `${dry} --out ${out}`,
  },
];

/** Advice that was taken, and the files of the code that it came through. */
const followed = new Map<Situation, { readonly advice: string; readonly stack: string }>();

describe('what follows from advice that is taken', () => {
  beforeAll(async () => {
    vi.stubEnv('INVOLVE_CACHE_DIR', work.path('cache'));
    vi.stubEnv('INVOLVE_ENGINE_DIR', '');
    work.write('tiny.json', tinyExperiment({ train: { epochs: 1 } }));
    work.write('grid.yaml', 'base: tiny.json\ngrid: {train.epochs: [1, 2]}\n');
    expect((await run('train tiny.json --out done --quiet')).code).toBe(0);
    expect((await run('eval done --split validation')).code).toBe(0);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    work.remove();
  });

  it.each(SITUATIONS.map((each) => [each.typed, each] as const))('%s', async (_, situation) => {
    const { typed, matches, then, code = 2, write } = situation;
    write?.(work);
    const refused = await run(typed, true);
    expect([refused.code, refused.advice], refused.notes).toEqual([code, expect.stringMatching(matches)]);
    const taken = await run(then(matches.exec(refused.advice)!, work));
    expect(taken.code, taken.notes).toBe(0);
    followed.set(situation, { advice: refused.advice, stack: refused.notes });
  });

  it('all advice that the code has is among it, or is known to be taken elsewhere', (context) => {
    if (followed.size < SITUATIONS.length) context.skip();
    const sites = adviceSites();
    const nameOf = ({ file, text }: AdviceSite): string => `${file}: ${text}`;
    const adviceOf = (site: AdviceSite): string => `${folderOf(site)}: ${site.text}`;
    const taken = new Set([...followed.values()].map((each) => adviceOf(siteOf(sites, each))));
    const elsewhere = (site: AdviceSite): string | undefined =>
      [nameOf(site), site.file].find((name) => Object.hasOwn(FOLLOWED_ELSEWHERE, name));
    const open = sites.filter((site) => !taken.has(adviceOf(site)));
    expect(open.filter((site) => elsewhere(site) === undefined).map(nameOf)).toEqual([]);
    const tests = (
      readdirSync(fileURLToPath(new URL('../', import.meta.url)), { recursive: true }) as string[]
    ).join('\n');
    for (const [name, why] of Object.entries(FOLLOWED_ELSEWHERE))
      for (const [test] of why.matchAll(/[\w/-]+\.test\.ts/g)) expect(tests, name).toContain(test);
    // What is taken here by now, or gone from the code, has no place in the list.
    const used = new Set(open.map(elsewhere));
    expect(Object.keys(FOLLOWED_ELSEWHERE).filter((name) => !used.has(name))).toEqual([]);
  });
});

/**
 * Where the words of some advice stand in the code: of the same words in several files, in the one that the error came
 * through last, or in whose folder it was.
 */
function siteOf(
  sites: readonly AdviceSite[],
  { advice, stack }: { readonly advice: string; readonly stack: string },
): AdviceSite {
  const letters = ({ text }: AdviceSite): number => text.replaceAll('…', '').length;
  const fitting = sites.filter(({ pattern }) => pattern.test(advice));
  const most = Math.max(...fitting.map(letters));
  const best = fitting.filter((each) => letters(each) === most);
  if (best.length === 1) return best[0]!;
  // Put together of several: known by where it is put together alone.
  const candidates = best.length > 0 ? best : sites.filter(({ text }) => text.startsWith('`'));
  const place = (part: string): number => {
    const at = stack.indexOf(part);
    return at < 0 ? Infinity : at;
  };
  const places = candidates.map((each) => place(`/${each.file}:`));
  const within = candidates.map((each) => place(`/${folderOf(each)}/`));
  const nearest = Math.min(...places) < Infinity ? places : within;
  const least = Math.min(...nearest);
  if (least === Infinity)
    throw new Error(`Expected a place of ${JSON.stringify(advice)} but found ${JSON.stringify(candidates)}`);
  return candidates[nearest.indexOf(least)]!;
}

/** `src/config`: the same words of one folder are one advice. */
function folderOf({ file }: AdviceSite): string {
  return file.split('/').slice(0, 2).join('/');
}

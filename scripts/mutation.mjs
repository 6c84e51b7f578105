// `npm run test:mutation [-- PATH… [--sample SHARE [--seed N]] [--second-look] [--least PERCENT] [--concurrency N]
// [--force]]`: what the tests would not notice. StrykerJS changes the code of a folder or file in small ways, one at a time,
// and runs the tests that reach the place; a change that no test notices survives. Without a path: every folder of FOLDERS,
// which takes hours. Of a sample a share of the changes alone is tried, drawn by a seed. With a second look what survived is
// tried once more, with all tests of its part in processes of their own. With --least it fails where a smaller share is
// noticed. See docs/mutation.md.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wilsonInterval } from './mutation/sample.mjs';
import { SecondLook } from './mutation/second-look.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

const FOLDERS = ['util', 'metrics', 'runs', 'sweep', 'data', 'report', 'config', 'train', 'layers', 'engine'];
/** Not changed: tests and what they are made of, generated code, AssemblyScript, C++. */
const NOT_CHANGED = /\.(test|testing|generated|d)\.ts$|\/testing\.ts$|\/(assembly|native)\//;
/**
 * Tests that start the built command line see no change, and those of TensorFlow need it installed, once a process, which
 * threads of one are not; processes that are killed, engines that are compared, and all that is shipped take minutes each time.
 */
const NOT_RUN =
  /command-line\.testing|tensorflow\/testing|NO_TENSORFLOW|\/(crash|shipped|gpu-kernels)\.test\.ts$|wasm\/testing/;

/** Tests of what is in one folder that stand in another: files and folders. */
const ELSEWHERE = {
  'src/util': ['src/runs/lock.test.ts'],
  // What reads a format, caches and unpacks is tried by opening whole data sets.
  'src/data': ['src/data/'],
};
/** Tests of the built command line that are about a folder, for a second look. */
const BUILT = {
  'src/sweep': ['src/cli/commands/sweep.test.ts', 'src/cli/commands/sweep-slurm.test.ts'],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string' },
    force: { type: 'boolean' },
    least: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '0' },
    'second-look': { type: 'boolean' },
  },
});
const sample = values.sample === undefined ? undefined : { share: Number(values.sample), seed: values.seed };
if (sample && !(sample.share > 0 && sample.share <= 1))
  throw new Error(`Expected --sample to be a share above 0 and at most 1 but received ${values.sample}`);
const paths = positionals.length > 0 ? positionals : FOLDERS.map((folder) => `src/${folder}`);
const reports = join(root, 'reports/mutation');
mkdirSync(reports, { recursive: true });

/** Paths from the project's root, with forward slashes. */
const inProject = (path) => relative(root, resolve(root, path)).split(sep).join('/');
const allTests = filesIn('src').filter((file) => file.endsWith('.test.ts'));

let failed = false;
const scores = [];
for (const { path, changed } of groupsOf(paths.map(inProject))) {
  if (changed.length === 0) throw new Error(`Expected TypeScript to change in ${path} but found none`);
  const tests = testsOf(path, changed);
  // What a sample leaves out is not known, so its reports are its own.
  const ofSample = sample ? `-sample-${sample.share}-${sample.seed}` : '';
  const name = `${path.replaceAll('/', '-').replace(/\.ts$/, '')}${ofSample}`;
  process.stdout.write(`\n== ${path}: ${changed.length} files, ${tests.length} test files\n`);
  const ended = stryker(name, changed, tests);
  if (ended !== 0) failed = true;
  else scores.push(await scoreOf(path, join(reports, `${name}.json`)));
}
process.stdout.write(
  '\npath | changes | noticed | by a second look | survived | never reached | score\n--- | --- | --- | --- | --- | --- | ---\n',
);
const all = scores.reduce((sum, { counts }) => sum.map((count, i) => count + counts[i]), [0, 0, 0, 0, 0]);
for (const { path, counts } of [...scores, ...(scores.length > 1 ? [{ path: 'all', counts: all }] : [])])
  process.stdout.write(`${[path, ...counts, scoreText(counts)].join(' | ')}\n`);
const noticedShare = (all[1] + all[2]) / Math.max(1, all[0]);
const least = Number(values.least ?? 0);
if (!(least >= 0 && least <= 100))
  throw new Error(`Expected --least to be a percentage from 0 to 100 but received ${values.least}`);
if (100 * noticedShare < least) {
  process.stdout.write(`\n${(100 * noticedShare).toFixed(1)} % were noticed, and ${least} % are to be\n`);
  failed = true;
}
process.exitCode = failed ? 1 : 0;

/** A run for each folder, and one for all files that are named. */
function groupsOf(given) {
  const isFolder = (path) => statSync(join(root, path)).isDirectory();
  const canChange = (file) => file.endsWith('.ts') && !NOT_CHANGED.test(file);
  const files = given.filter((path) => !isFolder(path));
  const folders = given.filter(isFolder).map((path) => ({ path, changed: filesIn(path).filter(canChange) }));
  if (files.length === 0) return folders;
  const path = files.length === 1 ? files[0] : `${dirname(files[0])}/files`;
  return [...folders, { path, changed: files.filter(canChange) }];
}

function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => inProject(join(root, folder, file)))
    .sort();
}

/** The tests in the folders of the files, and those elsewhere that are about them. */
function testsOf(path, changed) {
  const folders = new Set(changed.map((file) => dirname(file)));
  const others = Object.entries(ELSEWHERE).flatMap(([folder, tests]) =>
    path.startsWith(folder) ? tests : [],
  );
  return allTests.filter((test) => {
    if (!folders.has(dirname(test)) && !others.some((other) => test.startsWith(other))) return false;
    return !NOT_RUN.test(test) && !NOT_RUN.test(readFileSync(join(root, test), 'utf8'));
  });
}

function stryker(name, changed, tests) {
  const manifest = require.resolve('@stryker-mutator/core/package.json');
  const bin = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.stryker);
  const args = [bin, 'run', join(root, 'stryker.config.mjs'), '--mutate', changed.join(',')];
  args.push('--incrementalFile', join(reports, `${name}.incremental.json`));
  if (values.concurrency !== undefined) args.push('--concurrency', values.concurrency);
  if (values.force) args.push('--force');
  const env = { ...process.env, INVOLVE_MUTATION_TESTS: tests.join(','), INVOLVE_MUTATION_REPORT: name };
  if (sample) env.INVOLVE_MUTATION_SAMPLE = JSON.stringify({ ...sample, root });
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status;
}

async function scoreOf(path, report) {
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  const mutants = Object.entries(files).flatMap(([file, { mutants: all }]) =>
    all.map((mutant) => ({ ...mutant, file })),
  );
  const withStatus = (...states) => mutants.filter(({ status }) => states.includes(status));
  const unnoticed = withStatus('Survived', 'NoCoverage');
  const left = values['second-look'] ? await lookAgain(path, unnoticed) : unnoticed;
  for (const mutant of left) process.stdout.write(`${nameOf(mutant)}\n`);
  const counts = [
    withStatus('Killed', 'Timeout').length,
    unnoticed.length - left.length,
    left.filter(({ status }) => status === 'Survived').length,
    left.filter(({ status }) => status === 'NoCoverage').length,
  ];
  return { path, counts: [counts.reduce((sum, count) => sum + count, 0), ...counts] };
}

function nameOf({ file, location: { start }, status, mutatorName, replacement }) {
  return `${file}:${start.line}:${start.column} ${status} ${mutatorName}: ${replacement}`;
}

/** Those of the changes that no test of the part notices, in processes of their own. */
async function lookAgain(path, mutants) {
  const part = path.split('/').slice(0, 2).join('/');
  const copy = new SecondLook(root, join(reports, '.second-look'));
  const left = [];
  try {
    for (const mutant of mutants) {
      const failure = await failureIn(copy, mutant, part);
      if (failure === undefined) left.push(mutant);
      else process.stdout.write(`${nameOf(mutant)}\n    noticed by a second look: ${failure}\n`);
    }
  } finally {
    copy.close();
  }
  return left;
}

/**
 * The test that notices a change. Most are noticed by those beside it, in a fraction of the time that all of the part take, so
 * the folders above come one by one.
 */
async function failureIn(copy, mutant, part) {
  for (let within = dirname(mutant.file); within !== part; within = dirname(within)) {
    const failure = await copy.failureOf(mutant, { within, built: [] });
    if (failure !== undefined) return failure;
  }
  return copy.failureOf(mutant, { within: part, built: BUILT[part] ?? [] });
}

/** The share that was noticed; of a sample with the 95 % interval of the share of all changes. */
function scoreText([total, first, second]) {
  const noticed = first + second;
  const percent = (share) => (100 * share).toFixed(1);
  const score = `${percent(noticed / Math.max(1, total))} %`;
  if (!sample) return score;
  const [low, high] = wilsonInterval(noticed, total);
  return `${score} [${percent(low)}, ${percent(high)}]`;
}

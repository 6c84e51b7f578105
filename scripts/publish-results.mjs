// Puts what a sweep measured into docs/results/: the records of its finished runs, without checkpoints and without
// what names this machine, and the report that is made of them.
//
//   npm run docs:results -- octconv-small [--runs runs]
//
// The records are enough to make the report again, `involve report docs/results/<sweep>`, and to go on with a sweep on
// another machine: copy them to runs/<sweep>, and `involve sweep` trains only what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readEnvironment } from '../dist/runs/record/environment.js';
import { readSummary } from '../dist/runs/record/summary.js';
import { readLedger } from '../dist/sweep/ledger-file.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const results = join(root, 'docs/results');

/** What a run leaves that is text and small. */
const RECORDS = [
  'config.yaml',
  'environment.json',
  'metrics.csv',
  'events.jsonl',
  'summary.json',
  ...['confusion', 'iou', 'pixel-confusion'].flatMap((name) => [`${name}.csv`, `${name}-test.csv`]),
  'evaluation-test.json',
];

function fail(what, help) {
  process.stderr.write(`error: ${what}\n  try: ${help}\n`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: join(root, 'runs') } },
});
const [sweep] = positionals;
if (positionals.length !== 1) fail('expects the name of one sweep', 'npm run docs:results -- octconv-small');
const from = resolve(values.runs, sweep);
const ledgerFile = join(from, 'ledger.json');
if (!existsSync(ledgerFile))
  fail(`there is no sweep in ${from}`, `npx involve sweep configs/sweeps/${sweep}.yaml`);

/** Text without the folders of the checkouts and the runs on that machine, and without its data folder. */
function anonymous(text, homes) {
  return homes
    .reduce(
      (rest, home) => rest.replaceAll(`${home}/`, '').replaceAll(home, '.'),
      text.replaceAll(from, `runs/${sweep}`),
    )
    .replace(/^( {2}dir: )(\/.*)$/m, (_, key, dir) => `${key}datasets/${nameOfData(text) ?? dir}`)
    .replace(/data\.dir=\/[^\s",]*/g, 'data.dir=…')
    .replace(/^\s*"host": .*\n/gm, '');
}

function nameOfData(config) {
  return /^data:\n(?: {2}.*\n)*? {2}name: (\S+)/m.exec(config)?.[1];
}

/** The checkout that a run was made in: where its `involve` lies. */
async function homeOf(run) {
  const { commandLine = [] } = await readEnvironment(join(run, 'environment.json'));
  const program = commandLine.find((word) => isAbsolute(word) && /[/\\]bin[/\\]involve\.js$/.test(word));
  return program === undefined ? root : dirname(dirname(program));
}

const ledger = await readLedger(from);
const ended = await Promise.all(
  ledger.jobs.map(({ folder }) => readSummary(join(from, folder, 'summary.json'))),
);
const finished = ledger.jobs.filter((_, i) => ended[i] !== undefined);
if (finished.length === 0)
  fail(`no run of ${from} has finished`, `npx involve sweep configs/sweeps/${sweep}.yaml`);
// A sweep that went on from records, or in another clone, has runs of more than one checkout.
const homes = [...new Set(await Promise.all(finished.map(({ folder }) => homeOf(join(from, folder)))))];
homes.sort((a, b) => b.length - a.length); // one may lie within another
const to = join(results, sweep);
rmSync(to, { recursive: true, force: true });

function copy(file) {
  const source = join(from, file);
  if (!existsSync(source)) return;
  mkdirSync(dirname(join(to, file)), { recursive: true });
  writeFileSync(join(to, file), anonymous(readFileSync(source, 'utf8'), homes));
}

copy('ledger.json');
for (const file of readdirSync(from).filter((name) => /^sweep\.(ya?ml|json)$/.test(name))) copy(file);
for (const name of new Set(ledger.jobs.map((job) => job.name))) copy(join(name, 'job.yaml'));
for (const { folder } of finished) for (const name of RECORDS) copy(join(folder, name));

for (const ending of ['md', 'csv']) {
  const out = join('docs/results', `${sweep}.${ending}`);
  const args = [join(root, 'bin/involve.js'), 'report', join('docs/results', sweep), '--out', out];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
process.stdout.write(`${finished.length} of ${ledger.jobs.length} runs in ${join('docs/results', sweep)}\n`);

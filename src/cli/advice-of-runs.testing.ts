import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inFile, MEANT, mistyped, type Situation } from './advice-situation.testing.js';
import type { Workspace } from './command-line.testing.js';

/** What is wrong with runs, reports and sweeps. `done` is a finished run of tiny.json, evaluated. */

let count = 0;

/** A copy of the finished run with something wrong in it. */
function ofRun(
  hurt: (work: Workspace, run: string) => void,
  command: (run: string) => string,
  matches: RegExp,
  then: (work: Workspace, run: string, found: RegExpExecArray) => unknown,
): Situation {
  const run = `hurt-${count++}`;
  const typed = command(run);
  return {
    typed,
    matches,
    write: (work) => {
      cpSync(work.path('done'), work.path(run), { recursive: true });
      hurt(work, run);
    },
    then: (found, work) => {
      const other = then(work, run, found);
      return typeof other === 'string' ? other : typed;
    },
  };
}

const resume = (run: string): string => `train tiny.json --resume --out ${run} --quiet`;

/** Changes the text of a file. */
function change(work: Workspace, file: string, edit: (text: string) => string): void {
  writeFileSync(work.path(file), edit(readFileSync(work.path(file), 'utf8')));
}

/** As if the run had been stopped after its last epoch. */
function unfinished(work: Workspace, run: string): void {
  rmSync(work.path(run, 'summary.json'));
}

export const RUN_SITUATIONS: readonly Situation[] = [
  {
    typed: 'train tiny.json --out done --quiet',
    matches: /^(--resume) goes on with it; another run is --seed N or --out DIR$/,
    then: ([, flag]) => `train tiny.json --out done --quiet ${flag}`,
  },
  ofRun(
    (work, run) => rmSync(work.path(run, 'config.yaml')),
    resume,
    /^put config\.yaml back from a copy, or /,
    (work, run) => cpSync(work.path('done/config.yaml'), work.path(run, 'config.yaml')),
  ),
  ofRun(
    (work, run) => {
      unfinished(work, run);
      const [header, first] = readFileSync(work.path(run, 'metrics.csv'), 'utf8').split('\n');
      work.write(`${run}/metrics.csv`, `${header}\n${first}\n${first}\n`);
    },
    resume,
    /^delete the row that is wrong$/,
    (work, run) => cpSync(work.path('done/metrics.csv'), work.path(run, 'metrics.csv')),
  ),
  ofRun(
    (work, run) => {
      unfinished(work, run);
      change(work, `${run}/metrics.csv`, (text) => text.split('\n').slice(0, 1).concat('').join('\n'));
      change(work, `${run}/events.jsonl`, (text) =>
        text
          .split('\n')
          .filter((line) => !line.includes('"type":"epoch"'))
          .join('\n'),
      );
    },
    resume,
    /^put the file back from a copy, or start another run by (--out) DIR$/,
    (work, run) => cpSync(work.path('done/metrics.csv'), work.path(run, 'metrics.csv')),
  ),
  ofRun(
    (work, run) => change(work, `${run}/metrics.csv`, (text) => text.replace(/\n1,/, '\n1x,')),
    resume,
    /^mend or delete that line; the other rows are untouched$/,
    (work, run) => change(work, `${run}/metrics.csv`, (text) => text.replace('\n1x,', '\n1,')),
  ),
  ofRun(
    (work, run) => change(work, `${run}/metrics.csv`, (text) => text.replaceAll(',', ';')),
    resume,
    /^put the file back from a copy, or save it with commas between values and without quotes$/,
    (work, run) => change(work, `${run}/metrics.csv`, (text) => text.replaceAll(';', ',')),
  ),
  ofRun(
    (work, run) => change(work, `${run}/metrics.csv`, (text) => text.replace(/^.*\n/, '')),
    resume,
    /^put the file back from a copy, or that line: metrics.csv of another run of the kind begins with it$/,
    (work, run) => {
      const [head] = readFileSync(work.path('done/metrics.csv'), 'utf8').split('\n');
      change(work, `${run}/metrics.csv`, (text) => `${head}\n${text}`);
    },
  ),
  ofRun(
    (work, run) => change(work, `${run}/metrics.csv`, (text) => text.replace('epoch,step', 'when,step')),
    resume,
    /^put the file back from a copy$/,
    (work, run) => cpSync(work.path('done/metrics.csv'), work.path(run, 'metrics.csv')),
  ),
  ofRun(
    (work, run) => {
      unfinished(work, run);
      change(work, `${run}/environment.json`, (text) => `${text}}`);
    },
    resume,
    /^mend it, or restore it from a copy$/,
    (work, run) => cpSync(work.path('done/environment.json'), work.path(run, 'environment.json')),
  ),
  ofRun(
    () => undefined,
    (run) => `${resume(run)} --set train.batchSize=5`,
    /^resume with the config of the run, or start another run by (--out)$/,
    (_, run, [, flag]) => `train tiny.json --quiet --set train.epochs=1 ${flag} ${run}-other`,
  ),
  ofRun(
    (work, run) => change(work, `${run}/confusion.csv`, (text) => text.replace(/,\d+\n/, ',many\n')),
    (run) => `report ${run} --out ${run}.html`,
    /^delete the file; `involve eval RUN --split validation` counts anew$/,
    (work, run) => rmSync(work.path(run, 'confusion.csv')),
  ),
  ofRun(
    (work, run) => change(work, `${run}/checkpoints/best.safetensors`, (text) => text.slice(0, 1000)),
    (run) => `eval ${run}`,
    /^use the run's other checkpoint \(best or (last)\), or a copy of this one$/,
    (_, run, [, last]) => `eval ${run} --checkpoint ${last}`,
  ),
  ofRun(
    () => undefined,
    (run) => `eval ${run} --checkpoint bst`,
    /^one that it has: (\w+)/,
    (_, run, [, name]) => `eval ${run} --checkpoint ${name}`,
  ),
  ofRun(
    (work, run) => rmSync(work.path(run, 'checkpoints'), { recursive: true }),
    (run) => `eval ${run} --checkpoint last`,
    /^let it train for an epoch: none is written yet$/,
    (work, run) => cpSync(work.path('done/checkpoints'), work.path(run, 'checkpoints'), { recursive: true }),
  ),
  {
    typed: 'report nowhere --out r.html',
    matches: /./,
    then: () => 'report done --out r.html',
  },
  {
    typed: 'report empty --out r.html',
    matches: /^name a run folder \(runs\/exp3\/seed-0\), or a folder of runs/,
    write: (work) => void work.write('empty/note.txt', 'nothing'),
    then: () => 'report done --out r.html',
  },
  {
    typed: 'report done/metrics.csv --out r.html',
    matches: /^name the folder of the runs$/,
    then: () => 'report done --out r.html',
  },
  {
    typed: 'report done --out r.pdf',
    matches: /^(--out r\.html)$/,
    then: ([, out]) => `report done ${out}`,
  },
  {
    typed: 'report done --base tinyy',
    matches: MEANT,
    then: ([, meant]) => `report done --base ${meant}`,
  },
  {
    typed: 'eval tiny.json',
    matches: /./,
    then: () => 'eval done',
  },
  {
    typed: 'eval empty',
    matches: /^start one: involve (train) CONFIG$|^name a folder that involve (train) has made/,
    write: (work) => void work.write('empty/note.txt', 'nothing'),
    then: () => 'eval done',
  },
  // Sweeps.
  {
    typed: 'summary grid.yaml --schedule',
    matches: /^the config that the sweep names as base$/,
    then: () => 'summary tiny.json --schedule',
  },
  {
    typed: 'summary grid.yaml --workers 2',
    matches: /^the config that the sweep names as base$/,
    then: () => 'summary tiny.json --workers 2',
  },
  {
    typed: 'summary tiny.json --step-ms 300',
    matches: /^(--workers 2) beside it$/,
    then: ([, workers]) => `summary tiny.json --step-ms 300 ${workers}`,
  },
  {
    typed: 'summary grid.yaml --input 32x64',
    matches: /^one number up to 1024, or the config that the sweep names as base$/,
    then: () => 'summary tiny.json --input 32x64',
  },
  {
    typed: 'sweep grid.yaml --dry-run --set train.seed=3',
    matches: /^give them in the file: (seeds: \[0, 1, 2\])$/,
    then: ([, seeds], work) => {
      work.write('seeded.yaml', `base: tiny.json\ngrid: {train.epochs: [1, 2]}\n${seeds}\n`);
      return 'sweep seeded.yaml --dry-run';
    },
  },
  {
    typed: 'sweep grid.yaml --dry-run --set name=x',
    matches: /^the sweep has a folder: (--out)$/,
    then: ([, out]) => `sweep grid.yaml --dry-run ${out} x`,
  },
  ...(
    [
      [
        'name: [a, b]',
        /^jobs are named by what they change; name them yourself in (list)$/,
        'list: [{name: a, set: {}}]',
      ],
      ['extends: [tiny.json]', /^name that config as (base), or in configs$/, 'train.epochs: [1]'],
      ['$schema: [a]', /^remove it$/, 'train.epochs: [1]'],
      [
        Array.from({ length: 101 }, (_, n) => `key${n}: [1]`).join(', '),
        /^put what never changes into the config$/,
        'train.epochs: [1]',
      ],
    ] as const
  ).map(([axis, matches, right], i) =>
    inFile(
      `axis-${i}.yaml`,
      `base: tiny.json\ngrid: {${axis}}\n`,
      matches,
      () => [`grid: {${axis}}`, right.startsWith('list') ? right : `grid: {${right}}`],
      `sweep axis-${i}.yaml --dry-run`,
    ),
  ),
  inFile(
    'many.yaml',
    `base: tiny.json\ngrid: {train.epochs: [${Array.from({ length: 200 }, (_, i) => i + 1)}], train.batchSize: [${Array.from({ length: 200 }, (_, i) => i + 1)}]}\n`,
    /^fewer values or seeds, values that go together \((zip)\), or several sweeps$/,
    ([, zip]) => ['grid', zip],
    'sweep many.yaml --dry-run',
  ),
  inFile(
    'sweeps/inner.yaml',
    'base: tiny.json\ngrid: {train.epochs: [1]}\n',
    /^paths start from the sweep file: did you mean "(.*)"\?$/,
    ([, meant]) => ['base: tiny.json', `base: ${meant}`],
    'sweep sweeps/inner.yaml --dry-run',
  ),
  ...(
    [
      ['epochs-3', MEANT],
      ['something else', /^the jobs are (epochs-1), epochs-2$/],
    ] as const
  ).map(([job, matches], i) =>
    inFile(
      `claims-${i}.yaml`,
      `base: tiny.json\ngrid: {train.epochs: [1, 2]}\nclaims: [{config: epochs-2, above: ${job}, says: more}]\n`,
      matches,
      ([, meant]) => [`above: ${job}`, `above: ${meant === 'epochs-2' ? 'epochs-1' : meant}`],
      `sweep claims-${i}.yaml --dry-run`,
    ),
  ),
  mistyped(
    'sweep grid.yaml --dry-run --launcher slurm --slurm partition',
    '--slurm partition',
    /^(--slurm partition=gpu)$/,
  ),
  mistyped('sweep grid.yaml --dry-run --launcher slurm --slurm partitoin=gpu', 'partitoin', MEANT),
  {
    typed: 'train tiny.json --dry-run --launcher slurm --slurm tasks=2 --workers 2',
    matches: /^--slurm tasks=2 alone$/,
    then: () => 'train tiny.json --dry-run --launcher slurm --slurm tasks=2',
  },
  {
    typed: 'sweep grid.yaml --dry-run --launcher slurm --slurm zzzzzzz=1',
    matches: /^known keys: (\w+)/,
    then: () => 'sweep grid.yaml --dry-run --launcher slurm --slurm time=1:00:00',
  },
  {
    typed: 'sweep grid.yaml --dry-run --launcher slurm --out back\\\\slash',
    matches: /^name another folder by (--out)$/,
    then: ([, out]) => `sweep grid.yaml --dry-run --launcher slurm ${out} slash`,
  },
  {
    typed: 'sweep torn.yaml --dry-run',
    matches: /^mend it, or make a new one from the run folders: rm (.*ledger\.json)$/,
    write: (work) => {
      work.write('torn.yaml', 'base: tiny.json\ngrid: {train.epochs: [1, 2]}\n');
      work.write('runs/torn/ledger.json', '{"version": 1, "jo');
    },
    then: ([, file]) => {
      rmSync(file);
      return 'sweep torn.yaml --dry-run';
    },
  },
  // Command lines.
  {
    typed: 'init tiny.yaml',
    matches: /^give another name: involve (init my-experiment)$/,
    write: (work) => void work.write('tiny.yaml', ''),
    then: ([, init]) => init,
  },
  // Weights of others.
  {
    typed: 'import tiny.json',
    matches: /^(involve import tiny\.json --weights )FILE$/,
    then: ([, command]) => `${command.slice('involve '.length)}done`,
  },
  {
    typed: 'import tiny.json --weights nowhere',
    matches: /^a safetensors file, or the folder of a run; paths start from the current folder$/,
    then: () => 'import tiny.json --weights done/checkpoints/last.safetensors',
  },
  {
    typed: 'train tiny.json --dry-run --engine reference --set train.freeze=stag1',
    matches: /^did you mean "(\w+)"\? It has /,
    then: ([, stage]) => `train tiny.json --dry-run --engine reference --set train.freeze=${stage}`,
  },
];

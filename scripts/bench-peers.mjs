// Times our train steps beside PyTorch's on the same models, in turn, and prints the ratios as Markdown.
// PyTorch is installed with this machine's own python3 and pip into a virtual environment in the cache folder.
//
//   npm run bench:peers -- [--rows b0-224,b0-64,exp3-224,exp3-64] [--repeats 3] [--mode train|infer]
//                          [--threads 2] [--no-skip-compile]
//
// --repeats: rounds; in each every contender runs once, in a process of its own.
// --no-skip-compile: torch.compile too, which takes minutes for exp3 and needs a C++ compiler.
// INVOLVE_PEERS_PYTHON: a Python that has PyTorch already.
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defaultCacheDir } from '../dist/data/cache-dir.js';
import { mean, median } from '../dist/metrics/statistics.js';

const TORCH = 'torch==2.9.1';

/** `steps`: steps that count in one process of a peer; ours takes as many trials. */
const ROWS = [
  { id: 'b0-224', title: 'B0, 224², batch 10', model: 'exp0', input: 224, batch: 10, steps: 5 },
  { id: 'b0-64', title: 'B0, 64², batch 64', model: 'exp0', input: 64, batch: 64, steps: 5 },
  { id: 'exp3-224', title: 'exp3, 224², batch 10', model: 'exp3', input: 224, batch: 10, steps: 1 },
  { id: 'exp3-64', title: 'exp3, 64², batch 64', model: 'exp3', input: 64, batch: 64, steps: 1 },
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const involve = join(root, 'bin/involve.js');
const peer = join(root, 'scripts/peers/torch_peer.py');

/** A problem told as the command line tells it, with its exit code. */
class Failure extends Error {
  constructor(what, exitCode, help) {
    super(what);
    this.exitCode = exitCode;
    this.help = help;
  }
}

function readOptions() {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      rows: { type: 'string', default: ROWS.map(({ id }) => id).join() },
      repeats: { type: 'string', default: '3' },
      mode: { type: 'string', default: 'train' },
      threads: { type: 'string', default: String(availableParallelism()) },
      'skip-compile': { type: 'boolean', default: true },
    },
  });
  const rows = values.rows.split(',').map((id) => {
    const row = ROWS.find((each) => each.id === id);
    if (!row) throw new Failure(`no row "${id}"`, 2, `--rows ${ROWS.map((each) => each.id).join()}`);
    return row;
  });
  for (const name of ['repeats', 'threads']) {
    if (!/^[1-9]\d*$/.test(values[name])) throw new Failure(`--${name} expects a whole number from 1 up`, 2);
  }
  if (!['train', 'infer'].includes(values.mode)) throw new Failure('--mode expects train or infer', 2);
  return { ...values, rows, repeats: Number(values.repeats) };
}

/** The program that runs now; it must not outlive this one. */
let running;
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exit(code);
  });
}

/** Runs a program to its end; what it printed. `show` lets it print to our stderr instead. */
function run(program, args, { show = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: show ? ['ignore', process.stderr, process.stderr] : ['ignore', 'pipe', 'pipe'],
    });
    running = child;
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const said = stderr.trim().split('\n').at(-1);
      reject(new Failure(`${program} ended with ${signal ?? `exit code ${code}`}${said && `: ${said}`}`, 1));
    });
  });
}

async function works(program, args) {
  try {
    await run(program, args);
    return true;
  } catch {
    return false;
  }
}

/** A Python with PyTorch: the user's, or one in a virtual environment made here. */
async function preparePython() {
  const given = process.env.INVOLVE_PEERS_PYTHON;
  if (given) {
    if (await works(given, ['-c', 'import torch'])) return given;
    throw new Failure(
      `INVOLVE_PEERS_PYTHON (${given}) has no PyTorch`,
      3,
      `${given} -m pip install ${TORCH}`,
    );
  }
  const folder = join(defaultCacheDir(), 'peers', TORCH.replace('==', '-'));
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(python) && (await works(python, ['-c', 'import torch']))) return python;

  const names = ['python3', 'python'];
  const usable = await Promise.all(names.map((name) => works(name, ['-c', 'import venv, ensurepip'])));
  const system = names[usable.indexOf(true)];
  if (!system) {
    const help = 'install Python 3.10 or later with venv and pip, or name one in INVOLVE_PEERS_PYTHON';
    throw new Failure('no python3 with venv and pip on this machine, so there is no peer to run', 3, help);
  }
  process.stderr.write(`installing ${TORCH} into ${folder}\n`);
  try {
    await run(system, ['-m', 'venv', folder], { show: true });
    await run(python, ['-m', 'pip', 'install', '--quiet', TORCH, 'numpy'], { show: true });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const help = `pip's message is above; or INVOLVE_PEERS_PYTHON=<a python that has PyTorch>`;
    throw new Failure(`${TORCH} could not be installed: ${error.message}`, 3, help);
  }
  return python;
}

/** Who takes part in a row: ours first, then PyTorch in every form a user may choose. */
function contendersOf(row, python, { mode, threads, 'skip-compile': skipCompile }) {
  const shape = ['--mode', mode, '--input', row.input, '--batch', row.batch, '--threads', threads];
  const ours = {
    name: 'ours',
    run: async () => {
      const config = join('configs', `${row.model}.json`);
      const args = ['bench', config, ...shape, '--trials', row.steps, '--json'].map(String);
      return JSON.parse(await run(process.execPath, [involve, ...args]))[0];
    },
  };
  const forms = row.model === 'exp0' ? [null] : ['unfold', 'shift'];
  const layouts = [null, 'channels-last'];
  const compiled = skipCompile ? [false] : [false, true];
  const peers = forms.flatMap((form) =>
    layouts.flatMap((layout) =>
      compiled.map((compile) => ({
        name: ['PyTorch', form, layout, compile && 'compiled'].filter(Boolean).join(', '),
        run: async () => {
          const choice = [...(form ? ['--involution', form] : []), ...(layout ? [`--${layout}`] : [])];
          if (compile) choice.push('--compile');
          const args = [peer, row.model, ...shape, '--repeats', row.steps, ...choice].map(String);
          const result = JSON.parse((await run(python, args)).trim().split('\n').at(-1));
          if (result.parameters !== row.parameters) {
            const found = `${result.parameters} parameters, ours ${row.parameters}`;
            throw new Failure(`the peer is another model: it has ${found}`, 1);
          }
          return result;
        },
      })),
    ),
  );
  return [ours, ...peers];
}

/** All contenders of a row in turn, `repeats` times over. One that fails is left out from then on. */
async function measure(row, python, options) {
  const summary = await run(process.execPath, [involve, 'summary', `configs/${row.model}.json`, '--json']);
  row = { ...row, parameters: JSON.parse(summary).params.trainable };
  const contenders = contendersOf(row, python, options).map((one) => ({ ...one, results: [] }));
  for (let round = 1; round <= options.repeats; round++) {
    for (const one of contenders.filter(({ failure }) => !failure)) {
      process.stderr.write(`${row.title}, round ${round}: ${one.name}`);
      try {
        const result = await one.run();
        one.results.push(result);
        process.stderr.write(` ${result.minMs.toFixed(0)} ms\n`);
      } catch (error) {
        one.failure = error.message;
        process.stderr.write(` failed: ${error.message}\n`);
      }
    }
  }
  return contenders.map(({ name, results, failure }) => ({
    name,
    failure,
    min: Math.min(...results.map(({ minMs }) => minMs)),
    median: median(results.map(({ medianMs }) => medianMs)),
    peak: mean(results.map(({ peakMemoryMb }) => peakMemoryMb)),
  }));
}

function table(head, rows) {
  const lines = [head, head.map((_, i) => (i < 2 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

async function main() {
  const options = readOptions();
  const python = await preparePython();
  const version = (await run(python, ['-c', 'import torch; print(torch.__version__)'])).trim();
  const rows = [];
  for (const row of options.rows) rows.push({ row, contenders: await measure(row, python, options) });

  const number = (value) => (Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–');
  const ratio = (value) => (Number.isFinite(value) && value > 0 ? `${value.toFixed(2)}×` : '–');
  const best = rows.map(({ row, contenders: [ours, ...peers] }) => {
    const peer = peers.reduce((a, b) => (b.min < a.min ? b : a));
    return [
      ...[row.title, peer.name, number(ours.min), number(ours.median), number(peer.min), number(peer.median)],
      ...[ratio(ours.min / peer.min), number(ours.peak), number(peer.peak)],
    ];
  });
  const all = rows.flatMap(({ row, contenders }) =>
    contenders.map(({ name, failure, min, median, peak }) => [
      ...[row.title, failure ? `${name} (failed: ${failure})` : name],
      ...[number(min), number(median), number(peak), ratio(contenders[0].min / min)],
    ]),
  );
  const what = options.mode === 'train' ? 'Train step' : 'Inference';
  const compile = options['skip-compile'] ? ', torch.compile not tried' : '';
  process.stdout.write(
    [
      `${what}, ms; ${options.threads} threads; rounds: ${options.repeats}; PyTorch ${version}${compile}; Node ${process.version}`,
      table(
        [
          ...['work', 'best peer', 'ours, min', 'median', 'peer, min', 'median'],
          ...['ours / peer (of minima)', 'ours, peak MB', 'peer, peak MB'],
        ],
        best,
      ),
      table(['work', 'contender', 'min', 'median', 'peak MB', 'ours / this'], all),
      '',
    ].join('\n\n'),
  );
  return rows.some(({ contenders }) => contenders.some(({ failure }) => failure)) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${error.message}\n${error.help ? `  try: ${error.help}\n` : ''}`);
  process.exitCode = error.exitCode ?? (error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1);
}

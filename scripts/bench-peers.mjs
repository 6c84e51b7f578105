// Times our train steps (and inference) beside PyTorch's on the same models, in turn, and prints the ratios as
// Markdown. PyTorch is installed with this machine's own python3 and pip into a virtual environment in the cache folder.
//
//   npm run bench:peers -- [--rows b0-224,b0-64,exp3-224,exp3-64,wrn-28-10,octconv-0,…] [--repeats 3]
//                          [--mode train|infer] [--threads 2] [--engines wasm,tensorflow] [--no-skip-compile]
//                          [--no-autocast]
//
// --repeats: rounds; in each every contender runs once, in a process of its own.
// --mode: other than the rows' own.
// --engines: ours; by default wasm, and tensorflow where it is installed (involve engine install cpu).
// --no-skip-compile: torch.compile too, which takes minutes for exp3 and needs a C++ compiler.
// --no-autocast: float32 alone; otherwise PyTorch in bfloat16 as well (torch.autocast), and ours on a processor that has
//   tiles for it (engine.mixedPrecision).
// INVOLVE_PEERS_PYTHON: a Python that has PyTorch already.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mean, median } from '../dist/metrics/statistics.js';
import { grouped, percent } from '../dist/util/number-text.js';
import { Failure, preparePython, run } from './peers/programs.mjs';
import { ROWS } from './peers/rows.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const involve = join(root, 'bin/involve.js');
const peer = join(root, 'scripts/peers/torch_peer.py');

function readOptions() {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      rows: { type: 'string', default: ROWS.map(({ id }) => id).join() },
      repeats: { type: 'string', default: '3' },
      mode: { type: 'string' },
      threads: { type: 'string', default: String(availableParallelism()) },
      engines: { type: 'string' },
      'skip-compile': { type: 'boolean', default: true },
      autocast: { type: 'boolean', default: true },
    },
  });
  for (const name of ['repeats', 'threads']) {
    if (!/^[1-9]\d*$/.test(values[name])) throw new Failure(`--${name} expects a whole number from 1 up`, 2);
  }
  if (values.mode && !['train', 'infer'].includes(values.mode))
    throw new Failure('--mode expects train or infer', 2);
  const rows = values.rows.split(',').map((id) => {
    const row = ROWS.find((each) => each.id === id);
    if (!row) throw new Failure(`no row "${id}"`, 2, `--rows ${ROWS.map((each) => each.id).join()}`);
    return { ...row, mode: values.mode ?? row.mode };
  });
  return { ...values, rows, repeats: Number(values.repeats), engines: values.engines?.split(',') };
}

/** Our engines that take part where nobody says which. */
async function enginesHere() {
  const engines = JSON.parse(
    await run(process.execPath, [involve, 'engine', 'list', '--json'], { cwd: root }),
  );
  const hasTensorflow = engines.some(({ name, available }) => name === 'tensorflow' && available);
  return hasTensorflow ? ['wasm', 'tensorflow'] : ['wasm'];
}

/** An object for every choice of one value for each key; those of the last key follow each other. */
function combinations(values) {
  return Object.entries(values).reduce(
    (chosen, [key, each]) => chosen.flatMap((one) => each.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
}

/** Who takes part in a row: ours first, then PyTorch in every form a user may choose. */
function contendersOf(row, python, { threads, engines, autocast, 'skip-compile': skipCompile }) {
  const shape = ['--mode', row.mode, '--input', row.input, '--batch', row.batch, '--threads', threads];
  const ours = async (engine, ...more) => {
    const args = [
      'bench',
      row.config,
      ...shape,
      '--engine',
      engine,
      '--trials',
      row.steps,
      '--json',
      ...more,
    ];
    return JSON.parse(await run(process.execPath, [involve, ...args.map(String)], { cwd: root }))[0];
  };
  const theirs = async (choice) => {
    const args = [peer, row.model, ...shape, '--repeats', row.steps, ...choice].map(String);
    const result = JSON.parse((await run(python, args)).trim().split('\n').at(-1));
    if (result.parameters === row.parameters) return result;
    const found = `${result.parameters} parameters, ours ${row.parameters}`;
    throw new Failure(`the peer is another model: it has ${found}`, 1);
  };
  const formsOf = combinations({
    form: row.forms,
    layout: [null, 'channels-last'],
    compile: skipCompile ? [false] : [false, true],
    amp: autocast ? [false, true] : [false],
  });
  const choices = formsOf.map(({ form, layout, compile, amp }) => ({
    name: ['PyTorch', form, layout, compile && 'compiled', amp && 'autocast'].filter(Boolean).join(', '),
    run: () =>
      theirs([
        ...(form ? ['--involution', form] : []),
        ...(layout ? [`--${layout}`] : []),
        ...(compile ? ['--compile'] : []),
        ...(amp ? ['--amp'] : []),
      ]),
  }));
  const plain = engines.map((name) => ({ name, isOurs: true, run: () => ours(name) }));
  const mixed = {
    name: 'tensorflow, mixed precision',
    isOurs: true,
    run: () => ours('tensorflow', '--set', 'engine.mixedPrecision=true'),
  };
  const hasMixed = autocast && engines.includes('tensorflow') && hasBfloat16Tiles();
  return [...plain, ...(hasMixed ? [mixed] : []), ...choices];
}

/** Whether the processor multiplies tiles of bfloat16 (Intel's AMX), which engine.mixedPrecision asks for. */
function hasBfloat16Tiles() {
  try {
    return /^flags\b.*\bamx_bf16\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

async function prepare(row, python, options) {
  const summary = JSON.parse(
    await run(process.execPath, [involve, 'summary', row.config, '--json'], { cwd: root }),
  );
  const known = { ...row, parameters: summary.params.trainable, macs: summary.macs };
  const contenders = contendersOf(known, python, options).map((one) => ({ ...one, results: [] }));
  return { row: known, contenders };
}

/** All contenders of a group of rows in turn, `repeats` times over. One that fails is left out from then on. */
async function measure(group, repeats) {
  for (let round = 1; round <= repeats; round++) {
    for (const { row, contenders } of group) {
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
  }
  return group.map(({ row, contenders }) => {
    const all = contenders.map(({ name, isOurs = false, results, failure }) => ({
      name,
      isOurs,
      failure,
      min: Math.min(...results.map(({ minMs }) => minMs)),
      median: median(results.map(({ medianMs }) => medianMs)),
      peak: mean(results.map(({ peakMemoryMb }) => peakMemoryMb)),
    }));
    const [ours, peers] = [all.filter(({ isOurs }) => isOurs), all.filter(({ isOurs }) => !isOurs)];
    const best = peers.reduce((a, b) => (b.min < a.min ? b : a));
    return { row, ours, peers, best };
  });
}

const number = (value) => (Number.isFinite(value) ? grouped(value) : '–');
const ratio = (value) => (Number.isFinite(value) && value > 0 ? `${value.toFixed(2)}×` : '–');
const share = (value, base) => (Number.isFinite(value / base) ? percent(value / base) : '–');

function table(head, rows) {
  const lines = [head, head.map((_, i) => (i < 2 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function bestTable(rows) {
  return table(
    [
      ...['work', 'best peer', 'engine', 'ours, min', 'median', 'peer, min', 'median'],
      ...['ours / peer (of minima)', 'ours, peak MB', 'peer, peak MB'],
    ],
    rows.flatMap(({ row, ours, best }) =>
      ours.map(({ name, min, median: middle, peak }) => [
        ...[row.title, best.name, name, number(min), number(middle), number(best.min), number(best.median)],
        ...[ratio(min / best.min), number(peak), number(best.peak)],
      ]),
    ),
  );
}

function fullTable(rows) {
  const [{ ours: engines }] = rows;
  return table(
    ['work', 'contender', 'min', 'median', 'peak MB', ...engines.map(({ name }) => `${name} / this`)],
    rows.flatMap(({ row, ours, peers }) =>
      [...ours, ...peers].map(({ name, failure, min, median, peak }) => [
        ...[row.title, failure ? `${name} (failed: ${failure})` : name],
        ...[number(min), number(median), number(peak), ...ours.map((engine) => ratio(engine.min / min))],
      ]),
    ),
  );
}

/** Minima as a share of those of the group's first row, beside the share of multiply-adds. */
function shareTable(rows) {
  const first = (row) => rows.find((other) => other.row.group === row.group);
  const compared = rows.filter(({ row }) => first(row).row !== row);
  if (compared.length === 0) return [];
  const [{ ours: engines }] = rows;
  return [
    table(
      ['work', 'to', ...engines.map(({ name }) => name), 'best peer', 'multiply-adds'],
      compared.map(({ row, ours, best }) => {
        const base = first(row);
        return [
          ...[row.title, base.row.title, ...ours.map(({ min }, i) => share(min, base.ours[i].min))],
          ...[share(best.min, base.best.min), share(row.macs, base.row.macs)],
        ];
      }),
    ),
  ];
}

async function main() {
  const read = readOptions();
  const options = { ...read, engines: read.engines ?? (await enginesHere()) };
  const python = await preparePython();
  const version = (await run(python, ['-c', 'import torch; print(torch.__version__)'])).trim();
  const rows = [];
  for (const name of new Set(options.rows.map(({ group }) => group))) {
    const group = options.rows.filter((row) => row.group === name);
    const prepared = await Promise.all(group.map((row) => prepare(row, python, options)));
    rows.push(...(await measure(prepared, options.repeats)));
  }
  const what = `Train step${rows.some(({ row }) => row.mode === 'infer') ? ', or inference,' : ','} ms`;
  const compile = options['skip-compile'] ? ', torch.compile not tried' : '';
  const setting = `${options.threads} threads; rounds: ${options.repeats}`;
  const half = options.autocast ? '' : ', autocast not tried';
  const about = `${what}; ${setting}; PyTorch ${version}${compile}${half}; Node ${process.version}`;
  process.stdout.write([about, bestTable(rows), ...shareTable(rows), fullTable(rows), ''].join('\n\n'));
  return rows.some(({ ours, peers }) => [...ours, ...peers].some(({ failure }) => failure)) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`error: ${error.message}\n${error.help ? `  try: ${error.help}\n` : ''}`);
  process.exitCode = error.exitCode ?? (error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1);
}

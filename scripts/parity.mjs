// Compares layers, networks with the same weights, optimizers and schedules with PyTorch, torchvision and timm, and prints
// the largest differences as Markdown. Ends with 1 where one is larger than rounding explains. The peers are installed with
// this machine's own python3 and pip into a virtual environment in the cache folder.
//
//   npm run parity -- [--engine wasm|tensorflow|reference]
//
// INVOLVE_PEERS_PYTHON: a Python that has torch, torchvision, timm and safetensors already.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Failure, preparePython, run } from './peers/programs.mjs';

const scripts = dirname(fileURLToPath(import.meta.url));

/** As shares of the largest value: ours are in float32, theirs in float64. */
const TOLERANCES = { layer: 5e-6, network: 1e-4, optimizer: 1e-5, schedule: 1e-12, plateau: 1e-12 };
const TITLES = {
  layer: 'layers',
  network: 'networks, logits',
  optimizer: 'optimizers, 20 steps',
  schedule: 'schedules, every step',
  plateau: 'plateau, every epoch',
};

try {
  const { values } = parseArgs({ options: { engine: { type: 'string', default: 'wasm' } } });
  const python = await preparePython({
    folder: 'parity',
    packages: ['torch==2.9.1', 'torchvision==0.24.1', 'timm==1.0.22', 'safetensors'],
    modules: ['torch', 'torchvision', 'timm', 'safetensors'],
  });
  const folder = mkdtempSync(join(tmpdir(), 'involve-parity-'));
  try {
    await run(process.execPath, [join(scripts, 'parity/ours.mjs'), folder, '--engine', values.engine]);
    const { engine } = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
    const said = (await run(python, [join(scripts, 'parity/theirs.py'), folder])).trim().split('\n').at(-1);
    const { versions, results } = JSON.parse(said);
    const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const print = (line) => process.stdout.write(`${line}\n`);
    print(`${engine}, in float32, beside ${names.join(', ')} in float64.\n`);
    print('| what | case | reference | largest difference | allowed |');
    print('| ---- | ---- | --------- | -----------------: | ------: |');
    for (const { kind, title, reference, difference } of results)
      print(
        `| ${TITLES[kind]} | ${title} | ${reference} | ${difference.toExponential(1)} | ${TOLERANCES[kind]} |`,
      );
    print('\nDifferences are shares of the largest value.');
    // NaN is no small difference.
    const wrong = results.filter(({ kind, difference }) => !(difference <= TOLERANCES[kind]));
    if (wrong.length > 0) {
      const list = wrong.map(({ title }) => title).join(', ');
      throw new Failure(`${wrong.length} of ${results.length} differ by more than rounding: ${list}`, 1);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`error: ${error.message}\n${error.help ? `  try: ${error.help}\n` : ''}`);
  process.exitCode = error.exitCode;
}

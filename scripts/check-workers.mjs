// Whether workers come to the same bits, however they are connected and however often: 200 steps of small relatives of the
// networks on both engines, 2 and 4 workers, by sockets (twice) and, where mpirun is there, by MPI. That all ranks of a run
// have the same weights is checked by the run itself, after every epoch; here it is the checkpoints of runs.
//
//   npm run build && node scripts/check-workers.mjs [--steps 200] [--workers 2,4] [--engines wasm,tensorflow] [--networks exp0,…]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '200' },
    workers: { type: 'string', default: '2,4' },
    engines: { type: 'string', default: 'wasm,tensorflow' },
    networks: { type: 'string', default: 'exp0,exp3,wrn,wrn-synchronised' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'node scripts/check-workers.mjs [--steps 200] [--workers 2,4] [--engines wasm,tensorflow] [--networks exp0,exp3,wrn,wrn-synchronised]',
  );
  process.exit();
}
const involve = fileURLToPath(new URL('../bin/involve.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'involve-check-workers-'));

const removeStages = [6, 7, 8];
const models = {
  exp0: { family: 'efficientnet', removeStages },
  exp3: {
    family: 'efficientnet',
    attention: { type: 'involution', followedBy: 'bn-swish' },
    removeStages,
  },
  wrn: { family: 'wide-resnet', depth: 10, widen: 1 },
  'wrn-synchronised': { family: 'wide-resnet', depth: 10, widen: 1 },
};

const hasMpi = spawnSync('mpirun', ['--version']).status === 0;
if (!hasMpi) console.log('no mpirun here: sockets alone (apt-get install openmpi-bin libopenmpi-dev)');
const under = (workers) => [
  'mpirun',
  '--allow-run-as-root',
  '--oversubscribe',
  '--bind-to',
  'none',
  '-n',
  workers,
];

/** Hash of the last checkpoint of a run. */
function hashOf(name, engine, workers, how) {
  const config = join(dir, 'config.json');
  const train = {
    batchSize: 8,
    steps: Number(values.steps),
    synchronisedBatchNorm: name.endsWith('synchronised'),
  };
  const data = { name: 'scenes', inputSize: 32, scenes: { train: 80, test: 12 } };
  writeFileSync(config, JSON.stringify({ name: 'check', data, model: models[name], train }));
  const out = join(dir, 'run');
  rmSync(out, { recursive: true, force: true });
  const args = [involve, 'train', config, '--engine', engine, '--out', out, '--quiet'];
  const command =
    how === 'MPI'
      ? [...under(String(workers)), process.execPath, ...args]
      : [process.execPath, ...args, '--workers', String(workers)];
  const { status, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8', cwd: dir });
  if (status !== 0) throw new Error(`${command.join(' ')}\n${stderr}`);
  const bytes = readFileSync(join(out, 'checkpoints', 'last.safetensors'));
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}

let isGood = true;
try {
  for (const name of values.networks.split(',')) {
    for (const engine of values.engines.split(',')) {
      for (const workers of values.workers.split(',')) {
        const ways = ['sockets', 'sockets again', ...(hasMpi ? ['MPI'] : [])];
        const hashes = ways.map((how) => hashOf(name, engine, workers, how));
        const isSame = new Set(hashes).size === 1;
        isGood &&= isSame;
        console.log(
          [name, engine, `${workers} workers`, ...hashes, isSame ? 'same' : 'OTHER BITS'].join('\t'),
        );
      }
    }
  }
} finally {
  rmSync(dir, { recursive: true });
}
process.exitCode = isGood ? 0 : 1;

// How fast several workers of one host are. First the sum of their gradients alone, by sockets and by shared memory, for as
// many values as exp3, exp0 and WRN-28-10 have. Then, with --train, images a second of training on drawn scenes: 1 worker
// with 1 thread, 2 workers with 1 thread each, 1 worker with 2 threads. All take their turns, round by round, and the table
// has the best of the rounds, so that what else runs on the machine is in all columns alike; ratios are of these.
//
//   npm run build && node scripts/bench-workers.mjs [--rounds 30] [--workers 2] [--train] [--epochs 3]
import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FrameStream } from '../dist/session/workers/frames.js';
import { SharedMemoryExchange } from '../dist/session/workers/shared-memory-exchange.js';
import { FirstExchange, OtherExchange } from '../dist/session/workers/socket-exchange.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    workers: { type: 'string', default: '2' },
    train: { type: 'boolean', default: false },
    epochs: { type: 'string', default: '3' },
    rank: { type: 'string' },
  },
});
const [rounds, workers] = [values.rounds, values.workers].map(Number);
const here = fileURLToPath(import.meta.url);

const SIZES = { exp3: 1.5e6, exp0: 4.0e6, 'WRN-28-10': 36.5e6 };

/** Best milliseconds of a sum, by what moves the values. */
async function sums(exchange) {
  const rows = [];
  for (const [network, length] of Object.entries(SIZES)) {
    const shared = new SharedMemoryExchange(exchange);
    const ways = { sockets: new Float32Array(length).fill(1), 'shared memory': await shared.memory(length) };
    ways['shared memory'].fill(1);
    const best = {};
    for (let round = 0; round < rounds; round++) {
      for (const [way, own] of Object.entries(ways)) {
        await exchange.gather(undefined);
        const begun = performance.now();
        await shared.mean(own, 1);
        best[way] = Math.min(best[way] ?? Infinity, performance.now() - begun);
      }
    }
    rows.push({ network, MB: (4 * length) / 1e6, ...best });
  }
  return rows;
}

/** Images a second of the best epoch of the best round. */
function trainings() {
  const dir = mkdtempSync(join(tmpdir(), 'involve-workers-'));
  const scenes = (size, batch) =>
    [
      ...[
        'data.name=scenes',
        `data.inputSize=${size}`,
        `data.scenes.train=${3 * batch}`,
        'data.scenes.test=6',
      ],
      ...[`train.batchSize=${batch}`, `train.epochs=${values.epochs}`],
    ].flatMap((set) => ['--set', set]);
  const networks = {
    exp3: ['configs/exp3.json', ...scenes(64, 32)],
    exp0: ['configs/exp0.json', ...scenes(64, 32)],
    'WRN-28-10': ['configs/octconv/wrn-28-10.yaml', ...scenes(32, 16)],
  };
  const ways = { '1 × 1 thread': [1, 1], '2 × 1 thread': [2, 2], '1 × 2 threads': [1, 2] };
  try {
    for (const [network, args] of Object.entries(networks)) {
      for (const engine of ['wasm', 'tensorflow']) {
        const best = {};
        for (let round = 0; round < Math.max(1, Math.ceil(rounds / 10)); round++) {
          for (const [way, [of, threads]] of Object.entries(ways)) {
            const out = join(dir, `${network}-${engine}-${of}-${threads}-${round}`);
            const flags = [
              '--out',
              out,
              '--quiet',
              '--engine',
              engine,
              '--workers',
              of,
              '--threads',
              threads,
            ];
            const bin = fileURLToPath(new URL('../bin/involve.js', import.meta.url));
            const run = spawnSync(process.execPath, [bin, 'train', ...args, ...flags.map(String)], {
              encoding: 'utf8',
              cwd: fileURLToPath(new URL('..', import.meta.url)),
            });
            if (run.status !== 0) throw new Error(run.stderr);
            const [head, ...rows] = readFileSync(join(out, 'metrics.csv'), 'utf8').trim().split('\n');
            const at = head.split(',').indexOf('images_per_second');
            best[way] = Math.max(best[way] ?? 0, ...rows.map((row) => Number(row.split(',')[at])));
            rmSync(out, { recursive: true });
          }
        }
        const ratio = best['2 × 1 thread'] / best['1 × 1 thread'];
        console.log(
          [network, engine, ...Object.values(best).map((rate) => rate.toFixed(1)), ratio.toFixed(2)].join(
            '\t',
          ),
        );
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (values.rank === undefined) {
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores, load before ${loadavg()[0].toFixed(1)}; ${workers} workers`,
  );
  const others = Array.from({ length: workers - 1 }, (_, i) =>
    fork(here, ['--rank', `${i + 1}`, '--workers', `${workers}`, '--rounds', `${rounds}`], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    }),
  );
  const rules = { patienceSeconds: 600, onSilence: () => new Error('a worker is silent') };
  const exchange = new FirstExchange(
    others.map((child) => new FrameStream(child.stdio[4])),
    rules,
  );
  for (const { network, MB, ...best } of await sums(exchange))
    console.log(
      [network, `${MB} MB`, ...Object.entries(best).map(([way, ms]) => `${way} ${ms.toFixed(1)} ms`)].join(
        '\t',
      ),
    );
  for (const child of others) child.kill();
  if (values.train) trainings();
} else {
  const line = new Socket({ fd: 4, readable: true, writable: true });
  // The first one ends it.
  for (const end of ['close', 'error']) line.on(end, () => process.exit(0));
  await sums(new OtherExchange(Number(values.rank), workers, new FrameStream(line)));
}

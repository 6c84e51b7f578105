// How long the sum of the gradients of several workers of one host takes, by sockets and by shared memory, for as many values
// as exp3, exp0 and WRN-28-10 have. Both take their turns, round by round, and the table has the best of the rounds. What a
// whole step takes, and the sum in it, `involve bench --mode train --workers N` measures.
//
//   npm run build && node scripts/bench-workers.mjs [--rounds 30] [--workers 2]
import { fork } from 'node:child_process';
import { Socket } from 'node:net';
import { cpus, loadavg } from 'node:os';
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
  for (const child of others) {
    // Whoever is ended cuts its line.
    child.stdio[4].on('error', () => undefined);
    child.kill();
  }
} else {
  const line = new Socket({ fd: 4, readable: true, writable: true });
  // The first one ends it.
  for (const end of ['close', 'error']) line.on(end, () => process.exit(0));
  await sums(new OtherExchange(Number(values.rank), workers, new FrameStream(line)));
}

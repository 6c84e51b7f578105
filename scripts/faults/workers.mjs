// A run that several workers share: kill -9 of any of them at random moments. It must end by itself, with words where the
// first one still lives, leave nobody behind, and go on to the bytes of a run that was never stopped.
import { existsSync, readFileSync } from 'node:fs';
import { complaint, resumed } from './workspace.mjs';

const WORKERS = 2;
const LOOK_MS = 20;

/** The processes of a run, in the order of the ranks; undefined before it has begun. */
function workersOf(work, out) {
  const path = work.path(out, 'environment.json');
  if (!existsSync(path)) return undefined;
  const { workers, resumed: again } = JSON.parse(readFileSync(path, 'utf8'));
  return (again?.at(-1)?.workers ?? workers)?.map(({ pid }) => pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    // One that nobody has asked for its end is no process any more.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Kills a worker some time after the run has begun; what of that was not as it should be. */
async function killed(work, out, rank, afterMs) {
  let pids;
  let hasKilled = false;
  const timer = setInterval(() => {
    pids ??= workersOf(work, out);
    if (pids === undefined) return;
    clearInterval(timer);
    setTimeout(() => {
      if (!isAlive(pids[rank])) return;
      process.kill(pids[rank], 'SIGKILL');
      hasKilled = true;
    }, afterMs);
  }, LOOK_MS);
  const end = await work.train(out, ['--workers', `${WORKERS}`]);
  clearInterval(timer);
  if (rank === 0 && hasKilled && end.signal === 'SIGKILL') {
    // The others find that the line to it is closed.
    for (let looks = 0; pids.some(isAlive); looks++) {
      if (looks === 500) return `worker ${pids.findIndex(isAlive)} lives on without worker 0`;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return undefined;
  }
  if (end.code === 1 && !end.stderr.includes(`error: worker ${rank} (process `))
    return `does not name worker ${rank}: ${end.stderr.trim()}`;
  if (hasKilled && rank > 0 && pids.some(isAlive)) return `worker ${pids.findIndex(isAlive)} is left behind`;
  return complaint(end);
}

export const workers = {
  name: 'workers',
  async run(work, times, random) {
    await work.train('straight', ['--workers', `${WORKERS}`]);
    const straight = work.result('straight');
    const began = performance.now();
    await work.train('timed', ['--workers', `${WORKERS}`]);
    const wall = performance.now() - began;
    const rows = Array.from({ length: WORKERS }, (_, rank) => ({
      fault: `kill -9 of worker ${rank} of ${WORKERS} at a random moment`,
      outcomes: [],
      expected:
        'the run ends with its name, and the resumed one with the bytes of one that was never stopped',
    }));
    for (let n = 0; n < times; n++) {
      const rank = random.integer(WORKERS);
      const out = `killed-${n}`;
      // Most of the time goes by before it begins.
      const bad = await killed(work, out, rank, 0.7 * random.uniform() * wall);
      rows[rank].outcomes.push(bad ?? (await resumed(work, out, straight)));
    }
    return rows.filter(({ outcomes }) => outcomes.length > 0);
  },
};

import { runFailed } from '../../util/errors.js';
import { SharedMemoryExchange } from './shared-memory-exchange.js';
import { FirstExchange } from './socket-exchange.js';
import { withPatience } from './patience.js';
import { refuseOtherGround } from './same-ground.js';
import { GOES_ON, PATIENCE_SECONDS } from './waiting-rules.js';
import type { Ground } from './worker-message.js';
import { WorkerProcess } from './worker-process.js';
import type { Workers } from './workers.js';

export interface WorkersRequest {
  /** What all are to take part in, without the share that is each one's own. */
  readonly task: object;
  /** What they have to have in common with this process. */
  readonly ground: Ground;
  /** How many, this process included: it is worker 0. */
  readonly of: number;
  /** Seconds that opening data and engine took here. */
  readonly openSeconds: number;
  /** Tells them to save and end. */
  readonly signal: AbortSignal;
  /** Compiled program of the others, where it is not that of training. */
  readonly program?: URL;
  /** What to do where one is lost once all have begun. */
  readonly onLoss?: string;
  /** Seconds that are waited for a worker beyond ten times what this one took; five times as many at the start. */
  readonly patienceSeconds?: number;
}

/**
 * Starts the other workers of a job, has them open what the first one has open, and makes sure that it is the same.
 * @throws InvolveError with what is wrong with one; 2 where it works on something else
 * @throws the reason of `signal`, when it fires before all are ready
 */
export async function startWorkers(request: WorkersRequest): Promise<Workers> {
  const { task, ground, of, openSeconds, signal } = request;
  const { patienceSeconds = PATIENCE_SECONDS, onLoss = GOES_ON } = request;
  const program = request.program ?? new URL('./worker-main.js', import.meta.url);
  const others = Array.from({ length: of - 1 }, (_, i) => new WorkerProcess(i + 1, program, onLoss));
  const stop = (): void => others.forEach((each) => each.tell({ type: 'stop' }));
  const close = (): void => {
    signal.removeEventListener('abort', stop);
    for (const each of others) each.kill();
  };
  const silent = (ranks: readonly number[], seconds: number): Error =>
    runFailed(
      'E_WORKER_SILENT',
      others.filter(({ rank }) => ranks.includes(rank)).map((each) => each.silent(seconds)),
    );
  try {
    const opened = others.map(async (each) => {
      each.tell({ type: 'prepare', task: { ...task, share: { rank: each.rank, of } } });
      const found = await each.ready;
      waiting.delete(each.rank);
      refuseOtherGround(ground, found, each.rank);
    });
    const waiting = new Set(others.map(({ rank }) => rank));
    const patience = 5 * patienceSeconds + 10 * openSeconds;
    const work = Promise.race([Promise.all(opened), stopped(signal)]);
    await withPatience(work, patience, () => silent([...waiting], patience));
  } catch (error) {
    close();
    throw error;
  }
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const rules = { patienceSeconds, onSilence: silent };
  const exchange = new FirstExchange(
    others.map(({ frames }) => frames),
    rules,
  );
  for (const each of others) void each.ended.then((reason) => exchange.fail(reason));
  return {
    exchange: new SharedMemoryExchange(exchange),
    record: [process.pid, ...others.map(({ pid }) => pid!)].map((pid, rank) => ({ rank, pid })),
    async begin(resume) {
      for (const each of others) each.tell({ type: 'train', resume });
      exchange.begin();
    },
    // They end by themselves.
    leave: () => Promise.resolve(),
    close,
  };
}

// --- internal ---

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

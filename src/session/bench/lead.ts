import { performance } from 'node:perf_hooks';
import type { BatchTime, BenchTask } from '../../measure/bench-message.js';
import { TimedExchange } from '../../measure/timed-exchange.js';
import type { Exchange } from '../../train/workers/exchange.js';
import type { OpenModel } from '../open-model.js';
import { refuseLoneEngine, sharedEngine } from '../training/job-workers.js';
import { startWorkers } from '../workers/start-workers.js';
import { BenchPart, groundOf, openBench, peakMemoryMb, type BenchShare } from './share.js';

/** What the first worker has the others do next. */
type Order = { readonly type: 'batch'; readonly count: number } | { readonly type: 'end' };

/** A network that is measured in this process and, where batches are shared, those that it has started. */
export interface BenchLead {
  readonly opened: OpenModel;
  batch(count: number): Promise<BatchTime>;
  /** @returns the most memory that all processes ever held resident, in MB (10⁶ bytes) */
  end(): Promise<number>;
}

/**
 * Opens the network of a config, and starts the other workers where it has several: those of training, which compute
 * on made-up images what they are told to.
 * @throws InvolveError: 2 where options do not fit together or workers cannot share this engine, 3 where there is none
 */
export async function leadBench(bench: BenchTask): Promise<BenchLead> {
  const { experiment } = bench;
  const { workers: of } = experiment.train;
  const started = performance.now();
  const opened = await openBench(bench, sharedEngine(experiment, {}, undefined));
  if (of === 1) {
    const part = new BenchPart(bench, opened);
    const batch = async (count: number): Promise<BatchTime> => ({ ms: await part.time(count) });
    return { opened, batch, end: () => Promise.resolve(peakMemoryMb()) };
  }
  const { engine } = opened;
  refuseLoneEngine(experiment, engine);
  const { name, device, threads } = engine;
  const workers = await startWorkers({
    task: { bench, engine: { name, device, threads } } satisfies Omit<BenchShare, 'share'>,
    ...{ ground: groundOf(opened), of, openSeconds: (performance.now() - started) / 1000 },
    // The benchmark ends this process, and the others end with it.
    signal: new AbortController().signal,
    program: new URL('./other-main.js', import.meta.url),
    onLoss: 'the same command again',
  });
  await workers.begin(undefined);
  const exchange = new TimedExchange(workers.exchange);
  const tell = (order: Order): Promise<unknown> => exchange.gather<Order>(order);
  const part = new BenchPart(bench, opened, exchange);
  return {
    opened,
    async batch(count) {
      await tell({ type: 'batch', count });
      const ms = await part.time(count);
      return { ms, sumMs: exchange.takeSumMs() };
    },
    async end() {
      await tell({ type: 'end' });
      return (await exchange.gather(peakMemoryMb())).reduce((sum, each) => sum + each, 0);
    },
  };
}

/** Does what the first worker says, to the end. */
export async function followBench(bench: BenchTask, opened: OpenModel, exchange: Exchange): Promise<void> {
  const part = new BenchPart(bench, opened, exchange);
  for (;;) {
    const order = (await exchange.gather<Order | undefined>(undefined))[0]!;
    if (order.type === 'end') {
      await exchange.gather(peakMemoryMb());
      return;
    }
    await part.time(order.count);
  }
}

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { badInput, ExitCode, InvolveError, runFailed } from '../../../util/errors.js';
import { interruptible } from '../../../util/interruption.js';
import { unpackError, type PackedError } from '../../../util/packed-error.js';
import type { OpenExperiment } from '../../open-experiment.js';
import { refuseOtherGround } from '../same-ground.js';
import { GOES_ON, PATIENCE_SECONDS, silence } from '../waiting-rules.js';
import { namedAfter, packedFailure } from '../worker-failure.js';
import type { Ground, ResumePoint, WorkerTask } from '../worker-message.js';
import { openShare, trainShare } from '../worker-share.js';
import type { Workers } from '../workers.js';
import { coresEach, ownCores, type Cores } from './cores.js';
import type { Joined } from './join.js';
import { WireExchange } from './wire-exchange.js';

/** What the first worker has all others do next. */
type Order =
  /** Nothing yet: it is still there. */
  | { readonly type: 'wait' }
  | { readonly type: 'prepare'; readonly task: Omit<WorkerTask, 'share'> }
  | { readonly type: 'train'; readonly resume: ResumePoint | undefined }
  /** All part. */
  | { readonly type: 'end' };

/** What each worker says of itself when all have come. */
interface Introduction {
  /** What was typed, behind the name of the program. */
  readonly args: readonly string[];
  readonly cores: Cores;
  readonly pid: number;
  readonly host: string;
}

/** What came of preparing. */
type Prepared = { readonly ground: Ground } | { readonly error: PackedError };

/** What the first worker opens, and how long it took. */
export interface FirstOpened extends Omit<WorkerTask, 'share'> {
  readonly ground: Ground;
  readonly openSeconds: number;
}

/** How often the first worker says that it is still there, while it is busy alone. */
const STILL_THERE_MS = 2000;

/**
 * A training that several processes of MPI share. All are started with the same command: the first one does what the
 * command says, and the others what the first one has them do.
 */
export class MpiJob {
  readonly #exchange: WireExchange;
  #hasBegun = false;
  /** What the others wait for: an order, their part of training, or nothing any more. */
  #others: 'orders' | 'exchange' | 'parted' = 'orders';
  #introductions: readonly Introduction[] = [];
  /** Saying that it is still there. */
  #company: { end(): Promise<void> } | undefined;

  constructor(
    private readonly joined: Joined,
    private readonly args: readonly string[],
    patienceSeconds: number = PATIENCE_SECONDS,
  ) {
    this.#exchange = new WireExchange(joined, {
      patienceSeconds,
      onSilence: (ranks, seconds) => {
        // They do not hear what they are told.
        this.#others = 'exchange';
        const advice = this.#hasBegun ? GOES_ON : 'the same command again';
        return runFailed(
          'E_WORKER_SILENT',
          ranks.map((rank) => silence(this.#nameOf(rank), seconds, advice)),
        );
      },
    });
  }

  get rank(): number {
    return this.joined.rank;
  }

  get of(): number {
    return this.joined.of;
  }

  /** Of the MPI. */
  get version(): string {
    return this.joined.version;
  }

  /** Cores for each worker; 0.5 where two share one. */
  get coresEach(): number {
    return coresEach(this.#introductions.map(({ cores }) => cores));
  }

  // --- The first worker ---

  /**
   * Does the work of the first worker while the others do what it says, and has all of them end with it.
   * @throws what `work` throws; the others have ended then, or end with this process
   */
  async lead<T>(work: () => Promise<T>): Promise<T> {
    await this.#introduce();
    try {
      this.#refuseOtherArguments();
      this.#keepCompany();
      return await work();
    } finally {
      await this.#end();
    }
  }

  /**
   * Has the others open what the first one has open, and makes sure that it is the same.
   * @throws InvolveError with what is wrong with one; 2 where it works on something else
   */
  async prepare({ experiment, cwd, engine, ground, openSeconds }: FirstOpened): Promise<Workers> {
    await this.#say({ type: 'prepare', task: { experiment, cwd, engine } });
    const patience = 5 * PATIENCE_SECONDS + 10 * openSeconds;
    const all = await this.#exchange.gather<Prepared>({ ground }, patience);
    all.forEach((found, rank) => {
      if ('error' in found) throw namedAfter(rank, unpackError(found.error));
      refuseOtherGround(ground, found.ground, rank);
    });
    this.#keepCompany();
    return {
      exchange: this.#exchange,
      record: this.#introductions.map(({ host, pid }, rank) => ({ rank, pid, host })),
      begin: async (resume) => {
        await this.#say({ type: 'train', resume });
        this.#hasBegun = true;
        this.#others = 'exchange';
      },
      leave: async () => {
        await this.#leave();
      },
      // Those who are not told to end do so with this process.
      close: () => undefined,
    };
  }

  // --- The others ---

  /** Does what the first worker says, to the end. Shows nothing and writes nothing. */
  async follow(): Promise<ExitCode> {
    const interruption = interruptible();
    let opened: OpenExperiment | undefined;
    try {
      await this.#introduce();
      for (;;) {
        const order = await this.#hear();
        switch (order.type) {
          case 'wait':
            break;
          case 'end':
            this.joined.part();
            return ExitCode.ok;
          case 'prepare': {
            const task = { ...order.task, share: { rank: this.rank, of: this.of } };
            const { prepared, ...rest } = await this.#open(task);
            opened = rest.opened;
            await this.#exchange.gather(prepared);
            const next = await this.#hearNext();
            if (next.type !== 'train' || opened === undefined) {
              this.joined.part();
              return ExitCode.ok;
            }
            this.#hasBegun = true;
            const { signal } = interruption;
            await trainShare(task, opened, { resume: next.resume, signal, exchange: this.#exchange });
            await this.#leave();
            // What the first one ends with is how the job has ended.
            return ExitCode.ok;
          }
          case 'train':
            throw new Error('There is nothing to train.');
        }
      }
    } catch (error) {
      return await this.#fail(error);
    } finally {
      interruption.end();
      await opened?.close();
    }
  }

  // --- internal ---

  async #introduce(): Promise<void> {
    const own = { args: this.args, cores: ownCores(), pid: process.pid, host: hostname() };
    this.#introductions = await this.#exchange.gather<Introduction>(own);
  }

  #refuseOtherArguments(): void {
    const first = this.args.join(' ');
    this.#introductions.forEach(({ args }, rank) => {
      if (args.join(' ') === first) return;
      throw badInput('E_WORKER_DIFFERS', {
        what: `worker ${rank} was started with other arguments than worker 0: ${args.join(' ')}, not ${first}`,
        try: 'one command for all: mpirun -n 2 involve train CONFIG',
      });
    });
  }

  #nameOf(rank: number): string {
    const known = this.#introductions[rank];
    return `worker ${rank}${known === undefined ? '' : ` (process ${known.pid} on ${known.host})`}`;
  }

  async #say(order: Order): Promise<void> {
    await this.#company?.end();
    this.#company = undefined;
    await this.#exchange.gather(order);
  }

  async #hear(): Promise<Order> {
    return (await this.#exchange.gather<Order | undefined>(undefined))[0]!;
  }

  /** The next order that is none to wait. */
  async #hearNext(): Promise<Order> {
    for (;;) {
      const order = await this.#hear();
      if (order.type !== 'wait') return order;
    }
  }

  /** Says that it is still there until there is something else to say. */
  #keepCompany(): void {
    const stop = new AbortController();
    const work = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await this.#exchange.gather<Order>({ type: 'wait' });
        await sleep(STILL_THERE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    };
    const running = work();
    // Told when the next order is given.
    running.catch(() => undefined);
    this.#company = {
      end: () => {
        stop.abort();
        return running;
      },
    };
  }

  /** All are at the end of training: nobody waits in vain where MPI waits for all. */
  async #leave(): Promise<void> {
    await this.#exchange.gather(undefined);
    this.#others = 'parted';
    this.joined.part();
  }

  /** Has those who still wait for orders end. */
  async #end(): Promise<void> {
    if (this.#others !== 'orders') return;
    await this.#say({ type: 'end' });
    this.#others = 'parted';
    this.joined.part();
  }

  async #open(task: WorkerTask): Promise<{ readonly prepared: Prepared; readonly opened?: OpenExperiment }> {
    try {
      const { opened, ground } = await openShare(task);
      return { prepared: { ground }, opened };
    } catch (error) {
      return { prepared: { error: packedFailure(error) } };
    }
  }

  /** One that is not to go on ends all others with it. */
  async #fail(error: unknown): Promise<never> {
    // All have found it, and the first one tells: its end is the end of all.
    if (error instanceof InvolveError && error.code === 'E_WORKERS_DIFFER') await sleep(10_000);
    throw namedAfter(this.rank, unpackError(packedFailure(error)));
  }
}

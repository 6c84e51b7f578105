import { Worker } from 'node:worker_threads';
import { runFailed } from '../../util/errors.js';
import type { Routine } from '../program/routine.js';
import { WORK_COUNTER_WORD } from './compiled-kernels.js';
import { ARGS_OFFSET, Control, Door, MAX_ARGS, SPINS, WORKER_SOURCE } from './worker-source.js';

/** After the main thread has no work left, those who entered finish one piece each: this is ages. */
const FINISH_TIMEOUT_MS = 300_000;

type Kernel = (thread: number, ...args: number[]) => void;

/** Takes calls of routines in the threads' place. */
export interface CallSink {
  call(routine: Routine, items: number, args: readonly number[], isAlone: boolean): void;
}

/**
 * Threads that run one routine at a time together. A routine is an exported function
 * `(thread, items, ...args)`: every thread calls it, and takes the next of `items` pieces of work from
 * one counter until none is left, so a thread that the system slows down holds nobody up.
 * What a piece computes must not depend on who computes it: then no result depends on the threads.
 */
export class Pool {
  readonly threads: number;
  /** Where the calls go while a program is recorded. */
  sink: CallSink | undefined;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #args: Float64Array<SharedArrayBuffer>;
  readonly #counter: Int32Array<SharedArrayBuffer>;
  readonly #kernels: Kernel[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #workers: Worker[] = [];
  #active: number;
  #calls = 0;
  /** Set when a worker has ended that should not. */
  #loss: Error | undefined;

  /** @param start starts a worker thread */
  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    threads: number,
    start: typeof startWorker = startWorker,
  ) {
    this.threads = threads;
    this.#active = threads;
    const shared = new SharedArrayBuffer(ARGS_OFFSET + 8 * MAX_ARGS);
    this.#control = new Int32Array(shared);
    this.#args = new Float64Array(shared, ARGS_OFFSET);
    this.#counter = new Int32Array(memory.buffer as unknown as SharedArrayBuffer);
    const abort = () => {
      throw new Error('abort');
    };
    const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
    const names = Object.keys(exports).sort();
    this.#kernels = names.map((name) => exports[name] as Kernel);
    this.#index = new Map(names.map((name, index) => [name, index]));
    for (let thread = 1; thread < threads; thread++) {
      const worker = start({ control: shared, memory, module, thread });
      worker.unref(); // idle threads must not keep the process alive
      worker.on('error', (cause: unknown) => (this.#loss ??= lossOf(thread, cause)));
      worker.on('exit', () => (this.#loss ??= lossOf(thread)));
      this.#workers.push(worker);
    }
  }

  /** Threads that take part in the calls: all of them unless a test or a benchmark asks for fewer. */
  get activeThreads(): number {
    return this.#active;
  }

  set activeThreads(count: number) {
    this.#active = Math.max(1, Math.min(count, this.threads));
  }

  /**
   * Runs a routine over `items` pieces of work and returns when all are done: with all threads, or, for work of a few
   * microseconds, on the main thread alone.
   */
  call(routine: Routine, items: number, args: readonly number[], isAlone: boolean): void {
    if (this.sink) {
      this.sink.call(routine, items, args, isAlone);
      return;
    }
    const { name } = routine;
    const index = this.#index.get(name);
    if (index === undefined) throw new Error(`There is no kernel ${name}.`);
    Atomics.store(this.#counter, WORK_COUNTER_WORD, 0);
    if (isAlone || this.#active === 1 || items <= 1) {
      this.#kernels[index](0, items, ...args);
      return;
    }
    if (this.#loss) throw this.#loss;
    const control = this.#control;
    control[Control.kernel] = index;
    control[Control.argCount] = args.length + 1;
    control[Control.threads] = this.#active;
    this.#args[0] = items;
    for (let i = 0; i < args.length; i++) this.#args[i + 1] = args[i];
    Atomics.store(control, Control.done, 0);
    this.#openDoor();
    let trapped = 0;
    try {
      this.#kernels[index](0, items, ...args);
    } finally {
      // Whatever happened here, those who entered are waited for: no thread may still write when this returns.
      const entered = Atomics.and(control, Control.door, ~Door.open) & Door.entered;
      this.#awaitDone(entered, name);
      trapped = Atomics.exchange(control, Control.trapped, 0);
    }
    if (trapped !== 0) throw new Error(`The kernel ${name} trapped on thread ${trapped}.`);
  }

  async close(): Promise<void> {
    this.#control[Control.kernel] = -1;
    this.#control[Control.threads] = this.threads;
    this.#args[0] = Infinity;
    this.#openDoor();
    this.#active = 1;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  // --- internal ---

  /** Lets the workers into the next call; wakes those that sleep. */
  #openDoor(): void {
    this.#calls = (this.#calls + 1) & 0x7fff;
    Atomics.store(this.#control, Control.door, this.#calls * Door.call + Door.open);
    if (Atomics.load(this.#control, Control.sleeping) > 0) Atomics.notify(this.#control, Control.door);
  }

  #awaitDone(entered: number, name: string): void {
    let end = 0;
    let done: number;
    for (let spins = 0; (done = Atomics.load(this.#control, Control.done)) < entered;) {
      if (++spins <= SPINS) continue;
      if (end === 0) end = Date.now() + FINISH_TIMEOUT_MS;
      else if (Date.now() > end) throw new Error(`A worker thread did not finish the kernel ${name}.`);
      Atomics.wait(this.#control, Control.done, done, 1000);
    }
  }
}

/** Starts a worker thread, with what it needs to know. */
export function startWorker(workerData: {
  readonly control: SharedArrayBuffer;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly thread: number;
}): Worker {
  return new Worker(WORKER_SOURCE, { eval: true, workerData });
}

function lossOf(thread: number, cause?: unknown): Error {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return runFailed('E_WASM_THREADS', {
    what: `worker thread ${thread} of the wasm engine ended${why}`,
    try: 'fewer threads (--threads), or more memory; --resume goes on from the last checkpoint',
  });
}

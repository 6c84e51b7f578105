import { Worker } from 'node:worker_threads';
import { runFailed } from '../../util/errors.js';
import { ARGS_OFFSET, Control, MAX_ARGS, SPINS, WORKER_SOURCE } from './worker-source.js';

/** Address of the counter from which the threads take their next piece of work. */
const WORK_COUNTER_WORD = 64 / 4;
const START_TIMEOUT_MS = 30_000;
/** After the main thread has no work left, the others finish one piece each: this is ages. */
const FINISH_TIMEOUT_MS = 300_000;

type Kernel = (thread: number, ...args: number[]) => void;

/** Takes calls of kernels in the threads' place. */
export interface CallSink {
  call(kernel: number, items: number, args: readonly number[], isAlone: boolean): void;
}

/**
 * Threads that run one kernel at a time together. A kernel is an exported function
 * `(thread, items, ...args)`: every thread calls it, and takes the next of `items` pieces of work from
 * one counter until none is left, so a thread that the system slows down holds nobody up.
 * What a piece computes must not depend on who computes it: then no result depends on the threads.
 */
export class Pool {
  readonly threads: number;
  /** Where the calls go while a program is recorded. */
  sink: CallSink | undefined;
  readonly #names: readonly string[];
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #args: Float64Array<SharedArrayBuffer>;
  readonly #counter: Int32Array<SharedArrayBuffer>;
  readonly #kernels: Kernel[];
  readonly #index: ReadonlyMap<string, number>;
  readonly #workers: Worker[] = [];
  #active: number;
  #isStarted = false;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, threads: number) {
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
    this.#names = names;
    this.#kernels = names.map((name) => exports[name] as Kernel);
    this.#index = new Map(names.map((name, index) => [name, index]));
    for (let thread = 1; thread < threads; thread++) {
      const worker = new Worker(WORKER_SOURCE, {
        eval: true,
        workerData: { control: shared, memory, module, thread },
      });
      worker.unref(); // idle threads must not keep the process alive
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

  /** Runs a kernel over `items` pieces of work on the main thread: for work of a few microseconds. */
  runAlone(name: string, items: number, ...args: number[]): void {
    this.call(this.#indexOf(name), items, args, true);
  }

  /** Runs a kernel over `items` pieces of work and returns when all are done. */
  run(name: string, items: number, ...args: number[]): void {
    this.call(this.#indexOf(name), items, args, false);
  }

  /** Name of a kernel by its number. */
  nameOf(kernel: number): string {
    return this.#names[kernel];
  }

  /** Runs a kernel by its number. */
  call(index: number, items: number, args: readonly number[], isAlone: boolean): void {
    if (this.sink) {
      this.sink.call(index, items, args, isAlone);
      return;
    }
    Atomics.store(this.#counter, WORK_COUNTER_WORD, 0);
    if (isAlone || this.#active === 1 || items <= 1) {
      this.#kernels[index](0, items, ...args);
      return;
    }
    if (!this.#isStarted) this.#awaitStart();
    const control = this.#control;
    control[Control.kernel] = index;
    control[Control.argCount] = args.length + 1;
    control[Control.threads] = this.#active;
    this.#args[0] = items;
    for (let i = 0; i < args.length; i++) this.#args[i + 1] = args[i];
    Atomics.store(control, Control.done, 0);
    Atomics.add(control, Control.call, 1);
    Atomics.notify(control, Control.call);
    let trapped = 0;
    try {
      this.#kernels[index](0, items, ...args);
    } finally {
      // Whatever happened here, the others are waited for: no thread may still write when this returns.
      this.#awaitDone(this.nameOf(index));
      trapped = Atomics.exchange(control, Control.trapped, 0);
    }
    if (trapped !== 0) throw new Error(`The kernel ${this.nameOf(index)} trapped on thread ${trapped}.`);
  }

  async close(): Promise<void> {
    this.#control[Control.kernel] = -1;
    Atomics.add(this.#control, Control.call, 1);
    Atomics.notify(this.#control, Control.call);
    this.#active = 1;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  // --- internal ---

  #indexOf(name: string): number {
    const index = this.#index.get(name);
    if (index === undefined) throw new Error(`There is no kernel ${name}.`);
    return index;
  }

  #awaitStart(): void {
    const workers = this.threads - 1;
    const end = Date.now() + START_TIMEOUT_MS;
    let ready: number;
    while ((ready = Atomics.load(this.#control, Control.ready)) < workers) {
      if (Date.now() > end) {
        throw runFailed('E_WASM_THREADS', {
          what: `Only ${ready} of ${workers} worker threads of the wasm engine started.`,
          try: 'use fewer threads',
        });
      }
      Atomics.wait(this.#control, Control.ready, ready, 1000);
    }
    this.#isStarted = true;
  }

  #awaitDone(name: string): void {
    const workers = this.threads - 1;
    let end = 0;
    let done: number;
    for (let spins = 0; (done = Atomics.load(this.#control, Control.done)) < workers;) {
      if (++spins <= SPINS) continue;
      if (end === 0) end = Date.now() + FINISH_TIMEOUT_MS;
      else if (Date.now() > end) throw new Error(`A worker thread did not finish the kernel ${name}.`);
      Atomics.wait(this.#control, Control.done, done, 1000);
    }
  }
}

/** Places in the control block that the main thread and the workers share (32-bit words). */
export const Control = {
  /** Counts the calls; workers wait for it to change. */
  call: 0,
  /** Workers that have finished the call. */
  done: 1,
  /** Index of the kernel among the exported functions, by name; −1 ends the workers. */
  kernel: 2,
  argCount: 3,
  /** Workers that are ready for their first call. */
  ready: 4,
  /** Set by a worker whose kernel trapped: its number. */
  trapped: 5,
  /** Threads that take part in the call, the main thread included. */
  threads: 6,
} as const;

/** Byte offset of the arguments (float64) in the control block. */
export const ARGS_OFFSET = 64;
export const MAX_ARGS = 56;
/** Times that a waiting thread looks again before it sleeps: some tens of microseconds. */
export const SPINS = 6000;

/**
 * What a worker runs, as plain JavaScript for `new Worker(source, { eval: true })`: so it is the same
 * from `src/` and from `dist/`, and no path to it can be wrong.
 */
export const WORKER_SOURCE = `
const { workerData } = require('node:worker_threads');
const { control: shared, memory, module, thread } = workerData;
const control = new Int32Array(shared);
const args = new Float64Array(shared, ${ARGS_OFFSET});
const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() { throw new Error('abort'); } } });
const kernels = Object.keys(exports).sort().map((name) => exports[name]);
Atomics.add(control, ${Control.ready}, 1);
Atomics.notify(control, ${Control.ready});
let seen = 0;
for (;;) {
  let call;
  for (let spins = 0; (call = Atomics.load(control, ${Control.call})) === seen; ) {
    if (++spins > ${SPINS}) Atomics.wait(control, ${Control.call}, seen);
  }
  seen = call;
  const kernel = control[${Control.kernel}];
  if (kernel < 0) break;
  if (thread < control[${Control.threads}]) {
    try {
      kernels[kernel](thread, ...args.subarray(0, control[${Control.argCount}]));
    } catch (error) {
      Atomics.store(control, ${Control.trapped}, thread);
    }
  }
  Atomics.add(control, ${Control.done}, 1);
  Atomics.notify(control, ${Control.done});
}
`;

import { WORK_COUNTER_WORD } from './compiled-kernels.js';

/** Places in the control block that the main thread and the workers share (32-bit words). */
export const Control = {
  /** The call that is open to the workers, see `Door`. */
  door: 0,
  /** Workers that have finished the call. */
  done: 1,
  /** Index of the kernel among the exported functions, by name; −1 ends the workers. */
  kernel: 2,
  argCount: 3,
  /** Workers that sleep, or are about to. */
  sleeping: 4,
  /** Set by a worker whose kernel trapped: its number. */
  trapped: 5,
  /** Threads that take part in the call, the main thread included. */
  threads: 6,
} as const;

/**
 * The word at `Control.door`: number of the call, whether it is open, and how many workers have entered it. A worker
 * enters while the call is open and is waited for then; one that the system wakes too late finds it closed, so
 * a machine that is busy with something else costs no more than the help.
 */
export const Door = { call: 0x10000, open: 0x8000, entered: 0x7fff } as const;

/** Byte offset of the arguments (float64) in the control block; the first is the number of pieces of work. */
export const ARGS_OFFSET = 64;
export const MAX_ARGS = 56;
/** Times that a waiting thread looks again before it sleeps: some ten microseconds. */
export const SPINS = 1500;

/**
 * What a worker runs, as plain JavaScript for `new Worker(source, { eval: true })`: so it is the same
 * from `src/` and from `dist/`, and no path to it can be wrong.
 */
export const WORKER_SOURCE = `
const { workerData } = require('node:worker_threads');
const { control: shared, memory, module, thread } = workerData;
const control = new Int32Array(shared);
const args = new Float64Array(shared, ${ARGS_OFFSET});
const counter = new Int32Array(memory.buffer);
const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() { throw new Error('abort'); } } });
const kernels = Object.keys(exports).sort().map((name) => exports[name]);
const callOf = (door) => door & ~${Door.open | Door.entered};
let seen = 0;
for (;;) {
  let door;
  for (let spins = 0; ((door = Atomics.load(control, ${Control.door})) & ${Door.open}) === 0 || callOf(door) === seen; ) {
    if (++spins <= ${SPINS}) continue;
    Atomics.add(control, ${Control.sleeping}, 1);
    Atomics.wait(control, ${Control.door}, door);
    Atomics.sub(control, ${Control.sleeping}, 1);
  }
  const hasWork = Atomics.load(counter, ${WORK_COUNTER_WORD}) < args[0];
  const isWanted = hasWork && thread < control[${Control.threads}];
  if (isWanted && Atomics.compareExchange(control, ${Control.door}, door, door + 1) !== door) continue;
  seen = callOf(door);
  if (!isWanted) continue;
  const kernel = control[${Control.kernel}];
  if (kernel < 0) break;
  try {
    kernels[kernel](thread, ...args.subarray(0, control[${Control.argCount}]));
  } catch (error) {
    Atomics.store(control, ${Control.trapped}, thread);
  }
  Atomics.add(control, ${Control.done}, 1);
  Atomics.notify(control, ${Control.done});
}
`;

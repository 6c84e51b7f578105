import { readsOf, writesOf, type CallList, type ProgramCall } from './calls.js';

/**
 * The most bytes that what calls write takes at one time when they run in the order of the list, each buffer being
 * freed after its last use. What phases return stays to the end; inputs, constants and variables are not counted.
 */
export function mostBytesAlive({ buffers, calls, phases }: CallList): number {
  const homes = homesOf(buffers);
  /** Of homes that a call writes. */
  const bytes = new Map<number, number>();
  const lastUse = new Map<number, number>();
  calls.forEach((call, i) => {
    for (const buffer of readsOf(call)) lastUse.set(homes[buffer], i);
    for (const buffer of writesOf(call)) {
      const home = homes[buffer];
      if (home === buffer) lastUse.set(home, i);
      // Where nothing was known of its size, the first view that knows says it.
      if (home === buffer || bytes.get(home) === 0) bytes.set(home, buffers[buffer].bytes);
    }
  });
  for (const { outputs } of phases) for (const output of outputs) lastUse.delete(homes[output]);
  const freed = new Array<number>(calls.length).fill(0);
  for (const [home, i] of lastUse) freed[i] += bytes.get(home) ?? 0;
  let alive = 0;
  let most = 0;
  calls.forEach((call, i) => {
    for (const buffer of writesOf(call)) if (homes[buffer] === buffer) alive += bytes.get(buffer)!;
    most = Math.max(most, alive);
    alive -= freed[i];
  });
  return most;
}

/**
 * The order in which TensorFlow's executor comes to calls that wait for nothing but what they read
 * (tensorflow/core/common_runtime/executor.cc): those that are ready form a line, and the first one is next.
 */
export function executionOrder<C extends ProgramCall>(calls: readonly C[]): C[] {
  const makers = new Map<number, number>();
  calls.forEach((call, i) => {
    for (const buffer of writesOf(call)) makers.set(buffer, i);
  });
  const followers = calls.map((): number[] => []);
  const missing = calls.map((call, i) => {
    const awaited = new Set(readsOf(call).map((buffer) => makers.get(buffer)));
    awaited.delete(undefined);
    for (const maker of awaited) followers[maker!].push(i);
    return awaited.size;
  });
  const line = [...calls.keys()].filter((i) => missing[i] === 0);
  // It grows while it is gone through.
  for (const i of line) {
    for (const follower of followers[i]) if (--missing[follower] === 0) line.push(follower);
  }
  return line.map((i) => calls[i]);
}

// --- internal ---

/** For each buffer the one in whose memory it is. */
function homesOf(buffers: CallList['buffers']): number[] {
  const homes: number[] = [];
  buffers.forEach((buffer, i) => {
    // A view is made after what it is a view of.
    homes.push(buffer.kind === 'internal' && buffer.within !== undefined ? homes[buffer.within] : i);
  });
  return homes;
}

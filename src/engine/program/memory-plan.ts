/** A buffer of a program: how large it is, and the first and the last call (inclusive) that needs it. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Where each buffer lies in one stretch of memory. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** The most that is alive at one time: no plan can be smaller. */
  readonly leastBytes: number;
}

type Order = (a: Lifetime, b: Lifetime) => number;

/** Which buffers are placed first. None is best for every network, and all are quick to try. */
const ORDERS: readonly Order[] = [
  (a, b) => b.bytes - a.bytes || a.first - b.first,
  (a, b) => b.bytes * (b.last - b.first + 1) - a.bytes * (a.last - a.first + 1),
  (a, b) => b.last - b.first - (a.last - a.first) || b.bytes - a.bytes,
];

/**
 * Static memory for buffers whose lifetimes are known: two that are alive at the same time never share a
 * byte. Greedy: each buffer takes the tightest gap between those already placed that live at its time
 * (Pisarchyk and Lee 2020, "Efficient memory management for deep neural net inference").
 */
export function planMemory(buffers: readonly Lifetime[]): MemoryPlan {
  const leastBytes = mostAlive(buffers);
  let best: MemoryPlan | undefined;
  for (const order of ORDERS) {
    const plan = { ...place(buffers, order), leastBytes };
    if (best === undefined || plan.bytes < best.bytes) best = plan;
    if (best.bytes === leastBytes) break;
  }
  return best!;
}

// --- internal ---

interface Placed extends Lifetime {
  readonly offset: number;
}

function place(buffers: readonly Lifetime[], order: Order): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(buffers.length).fill(0);
  const sequence = buffers.map((_, i) => i).sort((a, b) => order(buffers[a], buffers[b]) || a - b);
  /** By offset. */
  const placed: Placed[] = [];
  let total = 0;
  for (const i of sequence) {
    const { bytes, first, last } = buffers[i];
    let end = 0;
    let best = -1;
    let bestGap = Infinity;
    for (const other of placed) {
      if (other.last < first || other.first > last) continue;
      const gap = other.offset - end;
      if (gap >= bytes && gap < bestGap) [best, bestGap] = [end, gap];
      end = Math.max(end, other.offset + other.bytes);
    }
    const offset = best < 0 ? end : best;
    offsets[i] = offset;
    total = Math.max(total, offset + bytes);
    insert(placed, { bytes, first, last, offset });
  }
  return { offsets, bytes: total };
}

function insert(placed: Placed[], buffer: Placed): void {
  let low = 0;
  for (let high = placed.length; low < high;) {
    const middle = (low + high) >>> 1;
    if (placed[middle].offset <= buffer.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, buffer);
}

function mostAlive(buffers: readonly Lifetime[]): number {
  const length = buffers.reduce((end, { last }) => Math.max(end, last + 1), 0);
  const change = new Float64Array(length + 1);
  for (const { bytes, first, last } of buffers) {
    change[first] += bytes;
    change[last + 1] -= bytes;
  }
  let alive = 0;
  return change.reduce((most, difference) => Math.max(most, (alive += difference)), 0);
}

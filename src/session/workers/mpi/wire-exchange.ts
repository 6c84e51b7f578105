import { performance } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { partOf } from '../../../data/stream/share.js';
import { meanInto, type Exchange } from '../../../train/workers/exchange.js';
import { bytesOf } from '../bytes-of.js';
import { withPatience } from '../patience.js';
import type { WaitingRules } from '../waiting-rules.js';
import type { Transfer, Wire } from './wire.js';

/**
 * The exchange of workers that may live on different machines: each adds up its own piece of the values. First the pieces
 * go to those who add them, then the sums to all, so that every worker sends and receives about twice the values,
 * however many they are (Thakur, Rabenseifner, Gropp 2005, “Optimization of collective communication operations in MPICH”,
 * section 4.5: reduce-scatter and all-gather). A wire moves bytes, and the sums are ours: their bits do not depend on it.
 *
 * Before anything large moves, all tell all where they are. So everybody knows who is missing.
 */
export class WireExchange implements Exchange {
  readonly rank: number;
  readonly of: number;
  readonly #others: readonly number[];
  #place = 0;
  #since = performance.now();

  constructor(
    private readonly wire: Wire,
    private readonly rules: WaitingRules,
  ) {
    this.rank = wire.rank;
    this.of = wire.of;
    this.#others = Array.from({ length: wire.of }, (_, rank) => rank).filter((rank) => rank !== wire.rank);
  }

  async mean(values: Float32Array, weight: number): Promise<void> {
    const heads = await this.#meet('mean', values.length, weight);
    const other = heads.findIndex(({ length }) => length !== values.length);
    if (other >= 0)
      throw new Error(`Worker ${other} has ${heads[other]!.length} values and another ${values.length}.`);
    const pieces = heads.map((_, rank) => piece(values, rank, this.of));
    const own = pieces[this.rank]!;
    const parts = pieces.map((_, rank) => (rank === this.rank ? own.slice() : new Float32Array(own.length)));
    await this.#move([
      ...this.#others.map((rank) => this.#receive(parts[rank]!, rank)),
      ...this.#others.map((rank) => this.#send(pieces[rank]!, rank)),
    ]);
    const [first, ...others] = parts;
    meanInto(
      [first!, ...others],
      heads.map((head) => head.weight),
    );
    own.set(first!);
    await this.#move([
      ...this.#others.map((rank) => this.#receive(pieces[rank]!, rank)),
      ...this.#others.map((rank) => this.#send(own, rank)),
    ]);
    this.#since = performance.now();
  }

  /** @param patienceSeconds in the place of the rule's: the others have something else to do */
  async gather<T>(value: T, patienceSeconds?: number): Promise<readonly T[]> {
    // Memory of its own: small buffers of Node lie in one that is shared.
    const own = Uint8Array.from(serialize(value));
    const heads = await this.#meet('gather', own.length, 0, patienceSeconds);
    const all = heads.map(({ length }, rank) => (rank === this.rank ? own : new Uint8Array(length)));
    await this.#move([
      ...this.#others.map((rank) => this.#receive(all[rank]!, rank)),
      ...this.#others.map((rank) => this.#send(own, rank)),
    ]);
    this.#since = performance.now();
    return all.map((bytes) => deserialize(bytes) as T);
  }

  // --- internal ---

  /** Waits until all are at the same call; what each says of it, in the order of the ranks. */
  async #meet(
    kind: Kind,
    length: number,
    weight: number,
    patienceSeconds = this.rules.patienceSeconds,
  ): Promise<readonly Head[]> {
    const place = this.#place++;
    const own = Float64Array.of(KINDS.indexOf(kind), place, length, weight);
    const heads = Array.from({ length: this.of }, (_, rank) =>
      rank === this.rank ? own : new Float64Array(own.length),
    );
    const worked = (performance.now() - this.#since) / 1000;
    await this.#finish(
      [
        ...this.#others.map((rank) => this.#receive(heads[rank]!, rank)),
        ...this.#others.map((rank) => this.#send(own, rank)),
      ],
      { spinMs: MEETING_MS, seconds: this.#patience(patienceSeconds + 10 * worked) },
    );
    return heads.map((head, rank) => {
      const [found, at, length, weight] = head;
      if (found !== own[0] || at !== place)
        throw new Error(`Worker ${rank} is at ${KINDS[found!]} ${at}, not at ${kind} ${place}.`);
      return { length: length!, weight: weight! };
    });
  }

  /** All are there: nothing is waited for but the bytes. */
  async #move(transfers: readonly Open[]): Promise<void> {
    const seconds = this.#patience(this.rules.patienceSeconds);
    await this.#finish(transfers, { spinMs: MOVING_MS, seconds });
  }

  /** The first worker judges the others; where it is itself the one who is silent, the next one does, later. */
  #patience(seconds: number): number {
    return this.rank === 0 ? seconds : LATER * seconds + this.rank;
  }

  async #finish(
    transfers: readonly Open[],
    { spinMs, seconds }: { readonly spinMs: number; readonly seconds: number },
  ): Promise<void> {
    let open = transfers;
    let isOver = false;
    const begun = performance.now();
    const work = async (): Promise<void> => {
      while (!isOver) {
        open = open.filter(({ isDone }) => !isDone());
        if (open.length === 0) return;
        // A process that waits leaves its core to those who compute, as soon as it is clear that it waits.
        if (performance.now() - begun < spinMs) await turn();
        else await sleep(1);
      }
    };
    try {
      await withPatience(work(), seconds, () =>
        this.rules.onSilence(
          [...new Set(open.map(({ rank }) => rank))].sort((a, b) => a - b),
          seconds,
        ),
      );
    } finally {
      isOver = true;
    }
  }

  // Nothing is as good as a message of no bytes, and both ends know its length.
  #send(values: Float32Array | Float64Array | Uint8Array, rank: number): Open {
    return { rank, isDone: values.length === 0 ? DONE : this.wire.send(bytesOf(values), rank) };
  }

  #receive(into: Float32Array | Float64Array | Uint8Array, rank: number): Open {
    return { rank, isDone: into.length === 0 ? DONE : this.wire.receive(bytesOf(into), rank) };
  }
}

// --- internal ---

type Kind = 'mean' | 'gather';
const KINDS: readonly Kind[] = ['mean', 'gather'];

interface Head {
  /** Of what is exchanged: values of a mean, bytes of what is said. */
  readonly length: number;
  readonly weight: number;
}

interface Open {
  /** The other end. */
  readonly rank: number;
  readonly isDone: Transfer;
}

const DONE: Transfer = () => true;
/** Milliseconds for which it is asked again and again, without a pause, whether all have come, and whether all is there. */
const MEETING_MS = 2;
const MOVING_MS = 1000;
/** How much longer the others wait than the first worker. */
const LATER = 10;

/** Memory of a worker's piece of the values. */
function piece(values: Float32Array, rank: number, of: number): Float32Array {
  const { from, to } = partOf(values.length, { rank, of });
  return values.subarray(from, to);
}

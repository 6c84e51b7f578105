import { performance } from 'node:perf_hooks';
import { deserialize, serialize } from 'node:v8';
import { meanInto, type Exchange } from '../../train/workers/exchange.js';
import type { FrameKind, FrameStream, Frame } from './frames.js';
import { bytesOf } from './bytes-of.js';
import { withPatience } from './patience.js';
import type { WaitingRules } from './waiting-rules.js';

/**
 * The exchange of the first worker: all others send to it, it adds up and sends back. On one host the memory is the same
 * for all, so that more lines between them would move no more bytes at a time.
 */
export class FirstExchange implements Exchange {
  readonly rank = 0;
  readonly of: number;
  readonly #failed: Promise<never>;
  #fail!: (error: Error) => void;
  #since = performance.now();

  /** @param others of the workers from 1, in order */
  constructor(
    private readonly others: readonly FrameStream[],
    private readonly rules: WaitingRules,
  ) {
    this.of = others.length + 1;
    this.#failed = new Promise((_, reject) => (this.#fail = reject));
    // Told to whoever waits; nobody has to.
    this.#failed.catch(() => undefined);
  }

  /** Ends what is waited for now and from now on: a worker is gone. */
  fail(error: Error): void {
    this.#fail(error);
  }

  /** The time from now on counts as this worker's work. */
  begin(): void {
    this.#since = performance.now();
  }

  async mean(values: Float32Array, weight: number): Promise<void> {
    const frames = await this.#receive('mean');
    const parts = frames.map(({ bytes }) => floatsOf(bytes));
    for (const part of parts) {
      if (part.length !== values.length)
        throw new Error(`A worker has ${part.length} values and another ${values.length}.`);
    }
    meanInto([values, ...parts], [weight, ...frames.map(({ number }) => number)]);
    await this.#send('mean', bytesOf(values));
  }

  async gather<T>(value: T): Promise<readonly T[]> {
    const frames = await this.#receive('gather');
    const all = [value, ...frames.map(({ bytes }) => deserialize(bytes) as T)];
    await this.#send('gather', serialize(all));
    return all;
  }

  // --- internal ---

  async #receive(kind: FrameKind): Promise<readonly Frame[]> {
    const seconds = this.rules.patienceSeconds + (10 * (performance.now() - this.#since)) / 1000;
    const silent = new Set(this.others.map((_, i) => i + 1));
    const frames = Promise.all(
      this.others.map(async (stream, i) => {
        const frame = await stream.receive();
        silent.delete(i + 1);
        if (frame.kind !== kind) throw new Error(`Worker ${i + 1} is at "${frame.kind}", not at "${kind}".`);
        return frame;
      }),
    );
    return withPatience(Promise.race([frames, this.#failed]), seconds, () =>
      this.rules.onSilence([...silent], seconds),
    );
  }

  async #send(kind: FrameKind, bytes: Uint8Array): Promise<void> {
    // What cannot be sent any more went to one that is gone: its end tells who that was, and why.
    const sent = Promise.all(this.others.map((stream) => stream.send(kind, 0, bytes).catch(() => NEVER)));
    const seconds = this.rules.patienceSeconds;
    await withPatience(Promise.race([sent, this.#failed]), seconds, () =>
      this.rules.onSilence(
        this.others.map((_, i) => i + 1),
        seconds,
      ),
    );
    this.#since = performance.now();
  }
}

/**
 * The exchange of the others. It waits for the first worker as long as that lives, which may be stopped and go on, and
 * whose end ends this process.
 */
export class OtherExchange implements Exchange {
  constructor(
    readonly rank: number,
    readonly of: number,
    private readonly first: FrameStream,
  ) {}

  async mean(values: Float32Array, weight: number): Promise<void> {
    values.set(floatsOf(await this.#ask('mean', weight, bytesOf(values))));
  }

  async gather<T>(value: T): Promise<readonly T[]> {
    return deserialize(await this.#ask('gather', 0, serialize(value))) as T[];
  }

  // --- internal ---

  async #ask(kind: FrameKind, number: number, bytes: Uint8Array): Promise<Uint8Array> {
    await this.first.send(kind, number, bytes);
    return (await this.first.receive()).bytes;
  }
}

// --- internal ---

const NEVER = new Promise<never>(() => undefined);

function floatsOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
}

import type { Socket } from 'node:net';

/** What a message is part of; both ends must be at the same. */
export type FrameKind = 'mean' | 'gather';

export interface Frame {
  readonly kind: FrameKind;
  /** How many messages went this way before. */
  readonly place: number;
  /** A number that goes with it: the weight of values. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * Messages over a stream of bytes, one after the other: a head of four numbers, then the bytes. One message at most is
 * under way in a direction: each is answered before the next is sent.
 */
export class FrameStream {
  readonly #head = new Uint8Array(HEAD_BYTES);
  /** Of the message that is coming in. */
  #body: Uint8Array | undefined;
  #at = 0;
  #arrived: Frame | undefined;
  #waiting: ((frame: Frame) => void) | undefined;
  #sent = 0;
  /** Kept for the next message as long. */
  #memory = new Uint8Array(0);

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.#take(chunk));
  }

  /** Resolves when the system has taken all of it. The bytes must not change until then. */
  send(kind: FrameKind, number: number, bytes: Uint8Array): Promise<void> {
    const head = Float64Array.of(KINDS.indexOf(kind), this.#sent++, number, bytes.byteLength);
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null): void => (error ? reject(error) : resolve());
      this.socket.write(new Uint8Array(head.buffer), bytes.byteLength === 0 ? done : undefined);
      if (bytes.byteLength > 0) this.socket.write(bytes, done);
    });
  }

  /** The next message; its bytes are good until the one after it is asked for. Never settles when none comes. */
  receive(): Promise<Frame> {
    return new Promise((resolve) => {
      const arrived = this.#arrived;
      if (arrived === undefined) {
        this.#waiting = resolve;
        return;
      }
      this.#arrived = undefined;
      resolve(arrived);
    });
  }

  // --- internal ---

  #take(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length;) {
      const target = this.#body ?? this.#head;
      const length = Math.min(target.length - this.#at, chunk.length - from);
      target.set(chunk.subarray(from, from + length), this.#at);
      this.#at += length;
      from += length;
      if (this.#body === undefined && this.#at === HEAD_BYTES) this.#begin();
      if (this.#at === this.#body?.length) this.#end();
    }
  }

  #numbers(): Float64Array {
    return new Float64Array(this.#head.buffer);
  }

  #begin(): void {
    const bytes = this.#numbers()[3]!;
    if (this.#memory.length < bytes) this.#memory = new Uint8Array(bytes);
    this.#body = this.#memory.subarray(0, bytes);
    this.#at = 0;
  }

  #end(): void {
    const [kind, place, number] = this.#numbers();
    const frame = { kind: KINDS[kind!]!, place: place!, number: number!, bytes: this.#body! };
    this.#body = undefined;
    this.#at = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(frame);
    else this.#arrived = frame;
  }
}

const KINDS: readonly FrameKind[] = ['mean', 'gather'];
const HEAD_BYTES = 4 * Float64Array.BYTES_PER_ELEMENT;

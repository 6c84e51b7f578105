import { missing, runFailed } from '../../util/errors.js';

const PAGE = 65536;
/** The last page stays unused, so that the end of a tensor is always an address of 32 bits. */
const MAX_BYTES = 65535 * PAGE;
/** The first page belongs to the pool: its work counter, and a null pointer. */
export const FIRST_FREE = PAGE;
const ALIGNMENT = 64;
/** Kernels may read this far past the end of a tensor. */
const OVERREAD = 64;
const GROW_STEP = 16 * 1024 * 1024;
const BINS = 4 * 32;

/** Bytes that are taken for so many: with what kernels may touch behind the end, and aligned. */
export function paddedBytes(bytes: number): number {
  return Math.ceil((bytes + OVERREAD) / ALIGNMENT) * ALIGNMENT;
}

/** A stretch of memory, in use or free; stretches are linked in the order of their addresses. */
interface Block {
  readonly start: number;
  size: number;
  isFree: boolean;
  before: Block | undefined;
  after: Block | undefined;
  /** Neighbours in the list of free blocks of about the same size. */
  previousFree: Block | undefined;
  nextFree: Block | undefined;
}

/** Four bins for each power of two. */
function binOf(size: number): number {
  const units = size / ALIGNMENT;
  const power = 31 - Math.clz32(units);
  const quarter = power >= 2 ? (units >>> (power - 2)) & 3 : 0;
  return power * 4 + quarter;
}

/**
 * The one WebAssembly memory that all tensors and all threads share, and its allocator: best fit
 * among free lists by size, neighbours merged at once. It grows as needed, to 4 GiB, and never shrinks.
 */
export class SharedMemory {
  readonly memory: WebAssembly.Memory;
  #buffer: SharedArrayBuffer;
  #last: Block | undefined;
  readonly #blocks = new Map<number, Block>();
  readonly #bins = new Array<Block | undefined>(BINS).fill(undefined);
  #usedBytes = 0;
  #peakBytes = 0;

  constructor(readonly maximumBytes = MAX_BYTES) {
    this.memory = reserve();
    this.#buffer = this.memory.buffer as unknown as SharedArrayBuffer;
    const size = this.#buffer.byteLength - FIRST_FREE;
    this.#last = this.#newBlock(FIRST_FREE, size, undefined, undefined);
    this.#addFree(this.#last);
  }

  /** The memory as it is now. Views of an older, smaller buffer stay valid: they share the bytes. */
  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The most bytes that were in use at one time. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Forgets the peak so far. */
  resetPeak(): void {
    this.#peakBytes = this.#usedBytes;
  }

  /** Bytes that can still be taken, the system permitting. */
  get availableBytes(): number {
    return Math.max(0, Math.min(this.maximumBytes, MAX_BYTES) - FIRST_FREE - this.#usedBytes);
  }

  /** Bytes taken from the system: at least the peak, fragmentation included. */
  get totalBytes(): number {
    return this.#buffer.byteLength;
  }

  /** Address of `bytes` bytes, aligned to 64, with 64 readable bytes behind them. Not zeroed. */
  allocate(bytes: number): number {
    const size = paddedBytes(bytes);
    const block = this.#takeFree(size) ?? this.#grow(size, bytes);
    block.isFree = false;
    if (block.size > size) this.#split(block, size);
    this.#blocks.set(block.start, block);
    this.#usedBytes += size;
    if (this.#usedBytes > this.#peakBytes) this.#peakBytes = this.#usedBytes;
    return block.start;
  }

  free(address: number): void {
    let block = this.#blocks.get(address);
    if (block === undefined) throw new Error(`Nothing is allocated at address ${address}.`);
    this.#blocks.delete(address);
    this.#usedBytes -= block.size;
    const { before, after } = block;
    if (after?.isFree) {
      this.#removeFree(after);
      this.#absorb(block, after);
    }
    if (before?.isFree) {
      this.#removeFree(before);
      this.#absorb(before, block);
      block = before;
    }
    this.#addFree(block);
  }

  // --- internal ---

  #newBlock(start: number, size: number, before: Block | undefined, after: Block | undefined): Block {
    return { start, size, isFree: false, before, after, previousFree: undefined, nextFree: undefined };
  }

  #addFree(block: Block): void {
    const bin = binOf(block.size);
    const head = this.#bins[bin];
    block.isFree = true;
    block.previousFree = undefined;
    block.nextFree = head;
    if (head) head.previousFree = block;
    this.#bins[bin] = block;
  }

  #removeFree(block: Block): void {
    const { previousFree, nextFree } = block;
    if (previousFree) previousFree.nextFree = nextFree;
    else this.#bins[binOf(block.size)] = nextFree;
    if (nextFree) nextFree.previousFree = previousFree;
    block.isFree = false;
  }

  /** Joins `second` to the block right before it. */
  #absorb(first: Block, second: Block): void {
    first.size += second.size;
    first.after = second.after;
    if (second.after) second.after.before = first;
    else this.#last = first;
  }

  #split(block: Block, size: number): void {
    const rest = this.#newBlock(block.start + size, block.size - size, block, block.after);
    if (block.after) block.after.before = rest;
    else this.#last = rest;
    block.after = rest;
    block.size = size;
    this.#addFree(rest);
  }

  #takeFree(size: number): Block | undefined {
    const first = binOf(size);
    // Blocks of the first bin may be too small: take the best of them. Any of a later bin will do.
    let best: Block | undefined;
    for (let block = this.#bins[first]; block; block = block.nextFree) {
      if (block.size >= size && (best === undefined || block.size < best.size)) {
        best = block;
        if (block.size === size) break;
      }
    }
    for (let bin = first + 1; best === undefined && bin < BINS; bin++) best = this.#bins[bin];
    if (best) this.#removeFree(best);
    return best;
  }

  #grow(size: number, asked: number): Block {
    const last = this.#last?.isFree ? this.#last : undefined;
    const needed = size - (last?.size ?? 0);
    const now = this.#buffer.byteLength;
    const limit = Math.min(this.maximumBytes, MAX_BYTES);
    const target = Math.min(limit, Math.ceil((now + needed) / GROW_STEP) * GROW_STEP);
    if (target < now + needed || !this.#tryGrow(target - now)) {
      const mib = (bytes: number) => `${Math.ceil(bytes / 1048576)} MiB`;
      throw runFailed('E_OUT_OF_MEMORY', {
        what: `The wasm engine is out of memory: ${mib(this.#usedBytes)} are in use, and a tensor needs ${mib(asked)} more (the limit is ${mib(limit)}).`,
        try: 'train with a smaller batch or smaller images, or use the tensorflow engine (involve engine install)',
      });
    }
    const added = this.#newBlock(now, this.#buffer.byteLength - now, this.#last, undefined);
    if (this.#last) this.#last.after = added;
    this.#last = added;
    if (last === undefined) return added;
    this.#removeFree(last);
    this.#absorb(last, added);
    return last;
  }

  #tryGrow(bytes: number): boolean {
    try {
      this.memory.grow(Math.ceil(bytes / PAGE));
    } catch {
      return false; // the system has no more, or forbids it (ulimit -v)
    }
    this.#buffer = this.memory.buffer as unknown as SharedArrayBuffer;
    return true;
  }
}

/**
 * Address space for all that the memory may grow to, which costs nothing until it is used.
 * @throws InvolveError (exit code 3) where the system does not give that much
 */
function reserve(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
  } catch (error) {
    throw missing(
      'E_ADDRESS_SPACE',
      {
        what: `the system does not give this process the address space that the wasm engine needs (about 10 GB): ${(error as Error).message}`,
        try: 'lift the limit, then run again: ulimit -v unlimited',
      },
      { cause: error },
    );
  }
}

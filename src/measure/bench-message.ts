import type { Experiment } from '../config/schema.js';
import { packError, type PackedError } from '../util/packed-error.js';
import { InvolveError, runFailed } from '../util/errors.js';

export type BenchMode = 'infer' | 'train';

/** What one child process measures. */
export interface BenchTask {
  /** `train.workers` of it processes share each batch: the child, and those that it starts. */
  readonly experiment: Experiment;
  readonly mode: BenchMode;
  readonly classes: number;
  /** A file made of a run, absolute, that its own library computes; undefined of a config. */
  readonly file?: string;
}

/** What a child says of its model when it is ready. */
export interface BenchSubject {
  /** Name of the engine that computes. */
  readonly engine: string;
  /** The engine in one line for people. */
  readonly description: string;
  /** Of the engine, in each process; null where a library takes as many as it likes. */
  readonly threads: number | null;
  /** Multiply-adds of one image in one pass forward. */
  readonly macs: number;
}

/** What a batch took. */
export interface BatchTime {
  readonly ms: number;
  /** Of it, until what each worker had became one; absent where there is one worker. */
  readonly sumMs?: number;
}

export type BenchRequest =
  | { readonly type: 'prepare'; readonly task: BenchTask }
  /** Compute one batch of so many images. */
  | { readonly type: 'batch'; readonly count: number }
  | { readonly type: 'end' };

export type BenchReply =
  | { readonly type: 'ready'; readonly subject: BenchSubject }
  | ({ readonly type: 'batch' } & BatchTime)
  /** The most memory that its processes ever held resident, in MB (10⁶ bytes). */
  | { readonly type: 'ended'; readonly peakMemoryMb: number }
  | { readonly type: 'failed'; readonly error: PackedError };

/** What to do where memory may have run out. */
export const TRY_SMALLER = 'a smaller --batch or --input, in case memory ran out';

/** Whatever a child failed with, as a message. */
export function packFailure(error: unknown): PackedError {
  if (error instanceof InvolveError) return packError(error);
  const what = error instanceof Error ? error.message.split('\n')[0] : String(error);
  const isTooLarge = error instanceof RangeError && /length|size|alloc|memory/i.test(error.message);
  const failure = runFailed('E_BENCH', {
    what: what || 'something unexpected',
    ...(isTooLarge ? { try: TRY_SMALLER } : {}),
  });
  if (error instanceof Error) failure.stack = error.stack;
  return packError(failure);
}

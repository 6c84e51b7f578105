import type { Experiment } from '../../config/schema.js';
import type { EngineRequest } from '../../engine/engine.js';
import type { Environment } from '../../runs/record/environment.js';
import type { Progress } from '../../train/state.js';
import type { PackedError } from '../../util/packed-error.js';
import type { Share } from '../../data/stream/share.js';

/** What a worker is to take part in. */
export interface WorkerTask {
  readonly experiment: Experiment;
  readonly cwd: string;
  readonly engine: Partial<EngineRequest>;
  readonly share: Share;
}

/** What must be the same for all workers. */
export interface Ground {
  /** The resolved config, as text. */
  readonly config: string;
  readonly environment: Environment;
}

/** Where training goes on from. */
export interface ResumePoint {
  /** The run folder, whose last checkpoint has the weights. */
  readonly dir: string;
  readonly progress: Progress;
}

/** What the first worker tells another one. */
export type WorkerRequest =
  /** Open data, engine and model. */
  | { readonly type: 'prepare'; readonly task: WorkerTask }
  | { readonly type: 'train'; readonly resume: ResumePoint | undefined }
  /** Save and end: the first worker was told to. */
  | { readonly type: 'stop' };

export type WorkerReply =
  | { readonly type: 'ready'; readonly ground: Ground }
  | { readonly type: 'failed'; readonly error: PackedError };

/** Where a worker finds the line to the first one: behind those of its input, outputs and messages. */
export const EXCHANGE_DESCRIPTOR = 4;

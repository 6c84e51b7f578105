import type { Experiment } from '../../config/schema.js';
import type { EngineRequest } from '../../engine/engine.js';
import type { Environment } from '../../runs/record/environment.js';
import type { Progress } from '../../train/state.js';
import type { PackedError } from '../../util/packed-error.js';
import type { Share } from '../../data/stream/share.js';

/** What every worker is told of what it is to take part in. */
export interface SharedTask {
  readonly share: Share;
}

/** The training that a worker is to take part in. */
export interface WorkerTask extends SharedTask {
  readonly experiment: Experiment;
  readonly cwd: string;
  readonly engine: Partial<EngineRequest>;
}

/** What must be the same for all workers. */
export interface Ground {
  /** The resolved config, as text. */
  readonly config: string;
  /** Data and classes where it is not made up. */
  readonly environment: Pick<
    Environment,
    'involve' | 'node' | 'tfjs' | 'git' | 'engine' | 'device' | 'threads'
  > &
    Partial<Pick<Environment, 'data' | 'classes'>>;
}

/** Where training goes on from. */
export interface ResumePoint {
  /** The run folder, whose last checkpoint has the weights. */
  readonly dir: string;
  readonly progress: Progress;
}

/** What the first worker tells another one. */
export type WorkerRequest<T extends SharedTask = SharedTask> =
  /** Open data, engine and model. */
  | { readonly type: 'prepare'; readonly task: T }
  | { readonly type: 'train'; readonly resume: ResumePoint | undefined }
  /** Save and end: the first worker was told to. */
  | { readonly type: 'stop' };

export type WorkerReply =
  | { readonly type: 'ready'; readonly ground: Ground }
  | { readonly type: 'failed'; readonly error: PackedError };

/** Where a worker finds the line to the first one: behind those of its input, outputs and messages. */
export const EXCHANGE_DESCRIPTOR = 4;

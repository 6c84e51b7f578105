import type { Tensor } from './tf-core.js';
import type { Footprint } from './footprint.js';
import type { ExecutionMode, Program, ProgramSpec } from './program/program.js';
import type { TensorflowInstallation } from './tensorflow/installation.js';

/** Names of the engines that exist today, in the order in which `auto` tries them. */
export type EngineName = 'tensorflow' | 'wasm' | 'reference';

/** An engine that is ready. */
export interface Engine {
  readonly name: EngineName;
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  /** How steps run here. */
  readonly mode: ExecutionMode;
  /** One line for people: what computes here. */
  readonly description: string;
  /** Makes it the one that tf.js's eager operations and new tensors go to, from now on. */
  use(): void;
  /** Does `work`, which is over when it returns, with this engine in use; then the one that was in use is again. */
  run<T>(work: () => T): T;
  /**
   * Records a computation, twice, and plans its memory, whichever engine is in use. Nothing is computed and no
   * variable changes. For engines whose mode is `replay`.
   * @throws InvolveError E_NOT_REPLAYABLE when it looks at values or is not the same both times
   */
  record(spec: ProgramSpec): Program;
  /**
   * A tensor whose values nobody will look at, for recording what would be computed from it. Where it can be, its
   * memory is set aside and never touched.
   */
  blank(shape: readonly number[]): Tensor;
  /** Bytes of tensors now, and the most there have been. */
  memory(): { readonly bytes: number; readonly peakBytes: number | null };
  /** Kernels that ran on tf.js's plain CPU code, with the number of calls. */
  fallbacks(): ReadonlyMap<string, number>;
  /** What training holds here beside planned steps; undefined where steps are not planned. */
  readonly footprint?: Footprint;
  /** What people should know of how it opened. */
  readonly notes?: readonly string[];
  /** What a run's record says of it beside name, mode and description. */
  readonly environment?: Readonly<Record<string, unknown>>;
}

/** What runs steps needs of an engine. */
export type StepEngine = Pick<Engine, 'mode' | 'record'>;

export interface EngineRequest {
  readonly name: 'auto' | EngineName;
  readonly device: 'auto' | 'cuda' | 'cpu';
  readonly threads: number | null;
  /** `replay` (the default) where the engine can. */
  readonly mode?: ExecutionMode;
  /** Of the TensorFlow engine: the same bits every time (the default); */
  readonly deterministic?: boolean;
  /** float16 where it is thought safe, on GPUs; */
  readonly mixedPrecision?: boolean;
  /** graphs laid out NCHW on GPUs (the default); */
  readonly layoutOptimizer?: boolean;
  /** our own operations, where they could be compiled (the default). */
  readonly customOps?: boolean;
}

/** What `engine list` shows of one engine. */
export interface EngineStatus {
  readonly name: EngineName;
  readonly available: boolean;
  readonly detail: string;
  /** More about it, a line each. */
  readonly reason?: string;
  /** The one command that mends it, or makes it better. */
  readonly fix?: string;
  /** What the row is about, where it can be there several times. */
  readonly installation?: TensorflowInstallation;
}

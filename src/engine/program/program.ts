import type { AllReduce } from '../all-reduce.js';
import type { Tensor } from '../tf-core.js';

/** How steps run: recorded once and replayed, or operation by operation. */
export type ExecutionMode = 'replay' | 'eager';

/** A tensor that a program is given before it runs. */
export interface ProgramInput {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** Numbers for the inputs of a program, by name. */
export type ProgramValues = Readonly<Record<string, Float32Array | Int32Array>>;

/**
 * A computation that is recorded by the shapes alone and replayed with other values. Its phases run one after
 * the other and share what their functions share. A phase reads and assigns variables as it likes, but must not look at the values of tensors.
 */
export interface ProgramSpec {
  readonly inputs: Readonly<Record<string, ProgramInput>>;
  readonly phases: readonly ((
    inputs: Readonly<Record<string, Tensor>>,
  ) => Readonly<Record<string, Tensor>>)[];
  /** An output of the first phase: where a value of it is not finite, the later phases change nothing. */
  readonly condition?: string;
  /** What its AllReduce kernels wait for; without it there is one worker alone. */
  readonly allReduce?: AllReduce;
  /** Images of a batch, for messages. */
  readonly batch: number;
}

/** The memory of a program, where the engine plans it: activations, gradients, scratch; not the variables. */
export interface ProgramPlan {
  readonly plannedBytes: number;
  /** The most of it that is alive at one time. */
  readonly leastBytes: number;
  /** Whether it computes some activations twice because keeping them all would need more memory than there is. */
  readonly recomputes: boolean;
  /** Whether operations that could run at any time are held to their order because that needs less memory. */
  readonly inOrder: boolean;
  /** Calls of kernels in one run. */
  readonly calls: number;
  /** How often which operation runs on tf.js's CPU code. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/** A recorded computation. Programs of an engine share their working memory: they run one at a time. */
export interface Program {
  readonly plan: ProgramPlan | undefined;
  /**
   * Runs it; gives back copies of what its phases return, of those that took effect.
   * @param into by the names of outputs, of their lengths: where copies are put, in the place of new arrays
   */
  run(
    values: ProgramValues,
    into?: Readonly<Record<string, Float32Array>>,
  ): Promise<Record<string, Float32Array>>;
  dispose(): void;
}

import * as tf from '@tensorflow/tfjs-core';

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
 * the other, share what their functions share, and what a phase returns can be read before the next one begins.
 * A phase reads and assigns variables as it likes, but must not look at the values of tensors.
 */
export interface ProgramSpec {
  readonly inputs: Readonly<Record<string, ProgramInput>>;
  readonly phases: readonly ((
    inputs: Readonly<Record<string, tf.Tensor>>,
  ) => Readonly<Record<string, tf.Tensor>>)[];
  /** Images of a batch, for messages. */
  readonly batch: number;
}

/** A recorded computation. Programs of an engine share their working memory: they run one at a time. */
export interface Program {
  /** Working memory: activations, gradients, scratch; not the variables. */
  readonly plannedBytes: number;
  /** The most of it that is alive at one time. */
  readonly leastBytes: number;
  /** Whether it computes some activations twice because keeping them all would need more memory than there is. */
  readonly recomputes: boolean;
  /** Calls of kernels in one run, and how many of them run on tf.js's CPU code. */
  readonly calls: number;
  readonly hostCalls: number;
  /** How often which operation runs there. */
  readonly fallbacks?: Readonly<Record<string, number>>;
  /** Sets the inputs. The first phase is to be run next. */
  begin(values: ProgramValues): void;
  /** Runs a phase and gives back copies of what it returns. */
  run(phase: number): Record<string, Float32Array>;
  dispose(): void;
}

/** A backend that can record. */
interface RecordingBackend {
  readonly replays: boolean;
  recordProgram(spec: ProgramSpec): Program;
  output(shape: readonly number[]): tf.TensorInfo;
}

/** Whether steps are to be recorded and replayed on the current engine. */
export function canReplay(): boolean {
  return (tf.backend() as Partial<RecordingBackend>).replays === true;
}

/**
 * A tensor whose values nobody will look at, for recording what would be computed from it. On an engine that
 * records, its memory is set aside and never touched.
 */
export function blankTensor(shape: readonly number[]): tf.Tensor {
  const backend = tf.backend() as unknown as Partial<RecordingBackend>;
  if (backend.output === undefined) return tf.zeros([...shape]);
  const info = backend.output(shape);
  return tf.engine().makeTensorFromTensorInfo(info, tf.backend());
}

/**
 * Records a computation, twice, and plans its memory. Nothing is computed and no variable changes.
 * @throws InvolveError E_NOT_REPLAYABLE when it looks at values or is not the same both times
 */
export function recordProgram(spec: ProgramSpec): Program {
  return (tf.backend() as unknown as RecordingBackend).recordProgram(spec);
}

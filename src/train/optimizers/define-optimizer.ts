import type { z } from 'zod';

/** What every optimizer's options say. */
interface CommonOptions {
  readonly name: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Batch norm parameters and biases decay too. */
  readonly decayNormAndBias: boolean;
}

/** A number of the step that is kept on the engine, since it changes from step to step. */
export interface StepScalar<Config> {
  /** In checkpoints. */
  readonly name: string;
  readonly start: number;
  /** What it is multiplied with before each step. */
  readonly factor: (config: Config) => number;
}

/**
 * One optimizer: its options, what it remembers, and the kernel that turns gradients into new parameters. The schema,
 * names in checkpoints, the prediction of memory and the update itself are derived from it.
 */
export interface OptimizerRow<Options extends z.ZodType<CommonOptions>, Attributes extends object> {
  /** Told apart by `name`, which may be one of several. */
  readonly options: Options;
  /** The update kernel, which also takes `parameter`, `gradient` and `learningRate`. */
  readonly kernel: string;
  /**
   * Tensors beside each parameter, of its shape and zero at first: the kernel's input → its name in checkpoints. In
   * the order of the kernel's outputs behind the parameter.
   */
  readonly slots: Readonly<Record<string, string>>;
  /** By the kernel's input. */
  readonly scalars: Readonly<Record<string, StepScalar<z.infer<Options>>>>;
  /** Of the kernel, where `weightDecay` is that of the parameter at hand. */
  readonly attributes: (config: z.infer<Options>, weightDecay: number) => Attributes;
}

/** Declares an optimizer; the line in `index.ts` makes it known. */
export function defineOptimizer<Options extends z.ZodType<CommonOptions>, Attributes extends object>(
  row: OptimizerRow<Options, Attributes>,
): OptimizerRow<Options, Attributes> {
  return row;
}

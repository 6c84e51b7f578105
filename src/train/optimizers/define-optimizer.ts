import type { z } from 'zod';
import type { KERNELS } from '../../engine/kernels/index.js';

/** What every update kernel takes beside what its optimizer remembers. */
export type Fed = 'parameter' | 'gradient' | 'learningRate';
type UpdateKernel = Extract<
  (typeof KERNELS)[number],
  { readonly inputs: { readonly [Name in Fed]: unknown } }
>;
export type UpdateKernelName = UpdateKernel['name'];
type KernelNamed<Name extends UpdateKernelName> = Extract<UpdateKernel, { readonly name: Name }>;
type Remembered<Name extends UpdateKernelName> = Exclude<keyof KernelNamed<Name>['inputs'], Fed>;
type AttributesOf<Name extends UpdateKernelName> = Parameters<KernelNamed<Name>['reference']>[0]['attrs'];

/** What every optimizer's options say. */
export interface CommonOptions {
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
export interface OptimizerRow<Options extends z.ZodType<CommonOptions>> {
  /** Told apart by `name`, which may be one of several. */
  readonly options: Options;
  readonly kernel: UpdateKernelName;
  /**
   * Tensors beside each parameter, of its shape and zero at first: the kernel's input, and the output of the same name
   * that follows it → its name in checkpoints.
   */
  readonly slots: Readonly<Record<string, string>>;
  /** By the kernel's input. */
  readonly scalars: Readonly<Record<string, StepScalar<z.infer<Options>>>>;
  /** Of the kernel, where `weightDecay` is that of the parameter at hand. */
  readonly attributes: (config: z.infer<Options>, weightDecay: number) => object;
}

/**
 * Declares an optimizer; the line in `index.ts` makes it known. Each input of the kernel that is not fed is a slot or
 * a scalar, or it does not compile.
 */
export function defineOptimizer<
  Options extends z.ZodType<CommonOptions>,
  const Name extends UpdateKernelName,
  Slot extends Remembered<Name>,
>(row: {
  readonly options: Options;
  readonly kernel: Name;
  readonly slots: { readonly [Input in Slot]: string };
  readonly scalars: { readonly [Input in Exclude<Remembered<Name>, Slot>]: StepScalar<z.infer<Options>> };
  readonly attributes: (config: z.infer<Options>, weightDecay: number) => AttributesOf<Name>;
}): OptimizerRow<Options> {
  return row;
}

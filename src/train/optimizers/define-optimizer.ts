import { z } from 'zod';
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
  readonly decayBy: 'role' | 'name';
}

/** The keys of every optimizer that say what decays. */
export const decaying = {
  decayNormAndBias: z.boolean().default(false).describe('Decay batch norm parameters and biases too.'),
  decayBy: z
    .enum(['role', 'name'])
    .default('role')
    .describe(
      'Which parameters decay. role: kernels and tables of positions, as in the papers’ code; ' +
        'name: what is called kernel alone, as in runs of older versions.',
    ),
};

/** A number of the step that is kept on the engine, since it changes from step to step. */
export interface StepScalar<Config> {
  /** In checkpoints. */
  readonly name: string;
  readonly start: number;
  /** What it is multiplied with before each step. */
  readonly factor: (config: Config) => number;
}

/**
 * How a schedule drives a rule's momentum μ: the slot is moved before the kernel is called, which then leaves it as it is.
 * `average`: slot ← μ·slot + (1 − μ)·gradient. `velocity`: slot ← μ·slot + gradient; the kernel is given the step in the
 * gradient's place: the slot, or gradient + μ·slot with Nesterov's momentum.
 */
export interface DrivenMomentum<Config> {
  readonly kind: 'average' | 'velocity';
  /** The kernel's input. */
  readonly slot: string;
  /** The kernel's input that is μᵗ in step t, from 1. */
  readonly power?: string;
  readonly nesterov?: (config: Config) => boolean;
  /** The L2 penalty in the gradient that the momentum adds up, where `weightDecay` is that of the parameter at hand. */
  readonly penalty?: (config: Config, weightDecay: number) => number;
  /** Attributes by which the kernel has no momentum of its own. */
  readonly without: object;
}

/** What an optimizer knows of a parameter. */
export interface ParameterTraits {
  /** Whether it is a kernel, by what the config takes for one. */
  readonly isKernel: boolean;
  readonly shape: readonly number[];
  /** How many of its last axes are what it puts out, one by one: 1; of a depthwise kernel [kh,kw,C,1] 2. */
  readonly outputAxes: number;
  /** Whether it is of the first or the last layer of the network that has kernels. */
  readonly isOuter: boolean;
}

/** How parameters follow from their gradients: a kernel, and what is remembered for it. */
export interface UpdateRule<Config> {
  readonly kernel: UpdateKernelName;
  /**
   * Tensors beside each parameter, of its shape and zero at first: the kernel's input, and the output of the same name
   * that follows it → its name in checkpoints.
   */
  readonly slots: Readonly<Record<string, string>>;
  /** By the kernel's input. */
  readonly scalars: Readonly<Record<string, StepScalar<Config>>>;
  /** Of the kernel, where `weightDecay` is that of the parameter at hand. */
  readonly attributes: (config: Config, weightDecay: number, parameter: ParameterTraits) => object;
  /** What its learning rate is as a multiple of the one that is fed; 1 where it is not given. */
  readonly rate?: (config: Config) => number;
  /** Not given: its momentum is that of the config at all times. */
  readonly momentum?: DrivenMomentum<Config>;
}

/**
 * One optimizer: its options, and by which rule which parameters move. The schema, names in checkpoints, the prediction
 * of memory and the update itself are derived from it.
 */
export interface OptimizerRow<Options extends z.ZodType<CommonOptions>> {
  /** Told apart by `name`, which may be one of several. */
  readonly options: Options;
  readonly rules: readonly UpdateRule<z.infer<Options>>[];
  /** Which of the rules is a parameter's. */
  readonly ruleOf: (parameter: ParameterTraits, config: z.infer<Options>) => number;
}

/** A rule as it is declared: each input of its kernel that is not fed is a slot or a scalar, or it does not compile. */
export interface RuleDeclaration<Config, Name extends UpdateKernelName, Slot extends Remembered<Name>> {
  readonly kernel: Name;
  readonly slots: { readonly [Input in Slot]: string };
  readonly scalars: { readonly [Input in Exclude<Remembered<Name>, Slot>]: StepScalar<Config> };
  readonly attributes: (
    config: Config,
    weightDecay: number,
    parameter: ParameterTraits,
  ) => AttributesOf<Name>;
  readonly rate?: (config: Config) => number;
  readonly momentum?: DrivenMomentum<Config> & {
    readonly slot: NoInfer<Slot>;
    readonly power?: Exclude<Remembered<Name>, NoInfer<Slot>>;
    readonly without: Partial<AttributesOf<Name>>;
  };
}

/** Declares a rule of an optimizer with these options, for `defineMixedOptimizer`. */
export function ruleFor<Options extends z.ZodType<CommonOptions>>(_options: Options) {
  return <const Name extends UpdateKernelName, Slot extends Remembered<Name>>(
    rule: RuleDeclaration<z.infer<Options>, Name, Slot>,
  ): UpdateRule<z.infer<Options>> => rule;
}

/** Declares an optimizer with one rule for all parameters; the line in `index.ts` makes it known. */
export function defineOptimizer<
  Options extends z.ZodType<CommonOptions>,
  const Name extends UpdateKernelName,
  Slot extends Remembered<Name>,
>({
  options,
  ...rule
}: RuleDeclaration<z.infer<Options>, Name, Slot> & { readonly options: Options }): OptimizerRow<Options> {
  return { options, rules: [ruleFor(options)(rule)], ruleOf: () => 0 };
}

/** Declares an optimizer that moves some parameters by one rule and some by another. */
export function defineMixedOptimizer<Options extends z.ZodType<CommonOptions>>(
  row: OptimizerRow<Options>,
): OptimizerRow<Options> {
  return row;
}

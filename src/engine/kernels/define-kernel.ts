import { type Tensor, registerGradient } from '../tf-core.js';
import type {
  HasOne,
  Input,
  Inputs,
  Kernel,
  OneOrNamed,
  OutputRules,
  Outputs,
  Rank,
  ReferenceCall,
  Shape,
  TensorOf,
  TensorsOf,
} from './kernel.js';

/** What flows back to the inputs of a kernel. */
export interface Gradient<I extends Inputs, A extends object, O extends Outputs, Kept extends string> {
  /** The inputs and outputs whose values it takes. */
  readonly keeps: readonly (Kept & (keyof I | keyof O))[];
  /**
   * What computes the gradient of each input that has one. `dy` is that of the first output; the others get none from
   * outside. What a closure makes beside its result is disposed of when it returns.
   */
  readonly of: (
    dy: GradientOf<O>,
    kept: { readonly [Name in Kept]: KeptTensor<I, O, Name> },
    attrs: A,
  ) => { readonly [Name in keyof I]?: () => Tensor };
}

/** The type of a kernel's attributes. */
export interface Attributes<A extends object> {
  /** Never there. */
  readonly type?: A;
}
export type NoAttributes = Readonly<Record<never, never>>;

/**
 * Declares a kernel: the one place that knows its name, inputs, attributes, outputs, gradient, numbers and tolerance.
 * Registers its gradient with tf.js, for every engine.
 */
export function defineKernel<
  const Name extends string,
  I extends Inputs,
  const O extends Readonly<Record<string, Shape | readonly []>>,
  A extends object = NoAttributes,
  Kept extends string = never,
>(declaration: {
  readonly name: Name;
  readonly inputs: I;
  readonly attributes?: Attributes<A>;
  readonly outputs: OutputRules<I, A, O>;
  readonly gradient?: Gradient<I, A, O, Kept>;
  readonly reference: (call: ReferenceCall<I, A>) => OneOrNamed<NoInfer<O>, Float32Array>;
  readonly tolerance: number;
}): Kernel<Name, I, A, O> {
  const { name, inputs, outputs, gradient, reference, tolerance } = declaration;
  if (gradient) {
    const { keeps, of } = gradient;
    const keptInputs = keeps.filter((kept) => kept in inputs);
    const keptOutputs = Object.keys(outputs).filter((output) => keeps.some((kept) => kept === output));
    const names = [...keptInputs, ...keptOutputs];
    registerGradient({
      kernelName: name,
      inputsToSave: keptInputs,
      outputsToSave: Object.keys(outputs).map((output) => keptOutputs.includes(output)),
      gradFunc: (dy, saved, attrs) =>
        of(
          (Array.isArray(dy) ? dy[0] : dy) as GradientOf<O>,
          Object.fromEntries(saved.map((tensor, i) => [names[i], tensor])) as never,
          attrs as unknown as A,
        ) as Record<string, () => Tensor>,
    });
  }
  return { name, inputs, outputs, reference, tolerance };
}

export function attributes<A extends object>(): Attributes<A> {
  return {};
}

/** A float32 input, of `rank` axes where given. */
export function float32(): Input<undefined>;
export function float32<R extends Rank>(rank: R): Input<R>;
export function float32(rank?: Rank): Input {
  return { dtype: 'float32', rank };
}

/** An int32 input of `rank` axes. */
export function int32<R extends Rank>(rank: R): Input<R> {
  return { dtype: 'int32', rank };
}

// --- internal ---

/** TypeScript does not know which of several outputs is the first. */
type GradientOf<O extends Outputs> = HasOne<O> extends true ? TensorOf<O[keyof O]> : Tensor;

type KeptTensor<I extends Inputs, O extends Outputs, Name> = Name extends keyof I
  ? TensorsOf<I>[Name]
  : Name extends keyof O
    ? TensorOf<O[Name]>
    : never;

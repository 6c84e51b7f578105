import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '../tf-core.js';

/**
 * A kernel that `involve` adds to those of tf.js: all that is true of it on every engine. It is made by `defineKernel`
 * and called by `callKernel`; every engine has its own way to compute it, under its name.
 */
export interface Kernel<
  Name extends string,
  I extends Inputs,
  A extends object,
  O extends Outputs,
> extends KernelBase {
  readonly name: Name;
  readonly inputs: I;
  readonly outputs: OutputRules<I, A, O>;
  reference(call: ReferenceCall<I, A>): OneOrNamed<O, Float32Array>;
}

/** What can be said of any of them. */
export interface KernelBase {
  readonly name: string;
  /** Type and number of axes of each input; what they mean is in the doc comment. */
  readonly inputs: Inputs;
  /** The shape of each output as a function of the inputs' shapes and the attributes; all are float32. */
  readonly outputs: Readonly<Record<string, (shapes: never, attrs: never) => Shape>>;
  /** The numbers, in plain TypeScript: of the only output, or of each by its name. */
  reference(call: never): Float32Array | Readonly<Record<string, Float32Array>>;
  /** How far an engine's numbers may be off, as a share of the largest of an output, or of 1 if that is more. */
  readonly tolerance: number;
}

/** Numbers of axes that an input may be held to. */
export type Rank = 0 | 1 | 2 | 3 | 4;

export interface Input<R extends Rank | undefined = Rank | undefined> {
  readonly dtype: 'float32' | 'int32';
  /** Undefined where it may have any number of axes. */
  readonly rank: R;
}
export type Inputs = Readonly<Record<string, Input>>;

export type Shape = readonly number[];
export type Shape4D = ShapeByRank[4];

export type Outputs = Readonly<Record<string, Shape>>;
export type OutputRules<I extends Inputs, A extends object, O extends Outputs> = {
  readonly [Name in keyof O]: (shapes: ShapesOf<I>, attrs: A) => O[Name];
};

export interface ReferenceCall<I extends Inputs, A extends object> {
  readonly shapes: ShapesOf<I>;
  readonly values: { readonly [Name in keyof I]: Numbers };
  readonly attrs: A;
  /** What a kernel of tf.js's cpu backend makes of these inputs. */
  tfjs(kernelName: string, inputs: readonly (keyof I & string)[], attrs: object): Numbers;
}
export type Numbers = Float32Array | Int32Array;

/** What belongs to a kernel's only output, or to each by its name. */
export type OneOrNamed<O extends Outputs, Each> =
  HasOne<O> extends true ? Each : { readonly [Name in keyof O]: Each };

/** What a call gives back: the tensor of the only output, or of each by its name. */
export type ResultOf<O extends Outputs> =
  HasOne<O> extends true ? TensorOf<O[keyof O]> : { readonly [Name in keyof O]: TensorOf<O[Name]> };

export type ShapesOf<I extends Inputs> = { readonly [Name in keyof I]: ShapeOf<I[Name]['rank']> };
export type TensorsOf<I extends Inputs> = { readonly [Name in keyof I]: TensorOf<ShapeOf<I[Name]['rank']>> };
export type TensorOf<S extends Shape> = S['length'] extends Rank ? TensorByRank[S['length']] : Tensor;

/** Whether a kernel has one output: whether all of its outputs' names are one of them. */
export type HasOne<O extends Outputs, Name = keyof O> = Name extends unknown
  ? [keyof O] extends [Name]
    ? true
    : false
  : never;

// --- internal ---

type ShapeOf<R extends Rank | undefined> = R extends Rank ? ShapeByRank[R] : Shape;

interface ShapeByRank {
  readonly 0: readonly [];
  readonly 1: readonly [number];
  readonly 2: readonly [number, number];
  readonly 3: readonly [number, number, number];
  readonly 4: readonly [batch: number, height: number, width: number, channels: number];
}

interface TensorByRank {
  readonly 0: Scalar;
  readonly 1: Tensor1D;
  readonly 2: Tensor2D;
  readonly 3: Tensor3D;
  readonly 4: Tensor4D;
}

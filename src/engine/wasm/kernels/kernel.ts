import type { HasOne, Inputs as DeclaredInputs, Kernel, Outputs } from '../../kernels/kernel.js';
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '../../tf-core.js';
import type { WasmBackend } from '../backend.js';

/** The inputs of a kernel call, by name. Those that tf.js leaves out are `undefined`. */
export type Inputs = Readonly<Record<string, TensorInfo>>;

/**
 * One kernel of this engine. It returns `undefined` where it has no fast way for these inputs; then
 * the CPU kernel of the same name does the work.
 */
export interface WasmKernel {
  readonly name: string;
  readonly run: (
    backend: WasmBackend,
    inputs: Inputs,
    attrs: NamedAttrMap,
  ) => TensorInfo | TensorInfo[] | undefined;
}

/** A kernel of the contract on this engine. */
export interface WasmKernelOf<Name extends string> extends WasmKernel {
  readonly name: Name;
}

/** How this engine computes a kernel of the contract. */
export function wasmKernel<
  Name extends string,
  I extends DeclaredInputs,
  A extends object,
  O extends Outputs,
>(
  { name }: Kernel<Name, I, A, O>,
  run: (
    backend: WasmBackend,
    inputs: { readonly [Input in keyof I]: TensorInfo },
    attrs: A,
  ) => (HasOne<O> extends true ? TensorInfo : TensorInfo[]) | undefined,
): WasmKernelOf<Name> {
  return { name, run: run as unknown as WasmKernel['run'] };
}

/** A kernel of tf.js's own, whose attributes have the type `A`. */
export function kernel<A = NamedAttrMap>(
  name: string,
  run: (backend: WasmBackend, inputs: Inputs, attrs: A) => TensorInfo | TensorInfo[] | undefined,
): WasmKernel {
  return { name, run: run as WasmKernel['run'] };
}

export function asInputs(inputs: NamedTensorInfoMap): Inputs {
  return inputs as Inputs;
}

/** Numbers of values that one piece of work of an elementwise kernel covers: 64 KiB of floats. */
export const ELEMENTS_PER_ITEM = 16384;

export function itemsOf(count: number): number {
  return Math.ceil(count / ELEMENTS_PER_ITEM);
}

export function isFloat(...tensors: readonly (TensorInfo | undefined)[]): boolean {
  return tensors.every((tensor) => tensor === undefined || tensor.dtype === 'float32');
}

export function sameShape(a: TensorInfo, b: TensorInfo): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, axis) => size === b.shape[axis]);
}

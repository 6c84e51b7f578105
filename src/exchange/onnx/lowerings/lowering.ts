import type { Emitter } from '../emitter.js';
import type { Operand } from '../operand.js';

/** A call of a kernel of which some operand depends on the images. */
export interface TracedCall {
  readonly inputs: Readonly<Record<string, Operand>>;
  /** The same in the order in which they are given, for kernels that take a list. */
  readonly list: readonly Operand[];
  readonly attrs: object;
}

/** Adds the nodes of a call to a graph. */
export type Lowering = (call: TracedCall, emitter: Emitter) => Operand | Operand[];

/** The attributes of a call, of the type that the kernel's declaration has. */
export function attributesOf<A extends object>({ attrs }: TracedCall): A {
  return attrs as A;
}

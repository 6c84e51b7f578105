import { configs, runs, runsOrOnnx, type Completes } from './completes.js';

/** `many` is one or more, `any` none or more. */
export type Arity = 'one' | 'optional' | 'many' | 'any';

/** A positional argument. Its name in the help is its key: `configOrSet` as `config-or-set`. */
export interface Operand<A extends Arity = Arity> {
  readonly arity: A;
  readonly description: string;
  readonly completes: Completes;
}

/** The arguments of a command, in the order in which they are typed. */
export type Operands = Readonly<Record<string, Operand>>;

type Absent<O extends Operands> = {
  [K in keyof O]: O[K]['arity'] extends 'optional' ? K : never;
}[keyof O];

type Value<A> = A extends 'many' | 'any' ? readonly string[] : string;

/** What a body gets: the arguments by name. */
export type OperandValues<O extends Operands> = {
  readonly [K in Exclude<keyof O, Absent<O>>]: Value<O[K]['arity']>;
} & { readonly [K in Absent<O>]?: string };

export function one(description: string, completes: Completes): Operand<'one'> {
  return { arity: 'one', description, completes };
}

export function optional(description: string, completes: Completes): Operand<'optional'> {
  return { arity: 'optional', description, completes };
}

/** None or more, to the end of the line. */
export function any(description: string, completes: Completes): Operand<'any'> {
  return { arity: 'any', description, completes };
}

/** Whether what follows to the end of the line is of this operand. */
export function takesRest({ arity }: Operand): boolean {
  return arity === 'many' || arity === 'any';
}

/** One or more, to the end of the line. */
export function many(description: string, completes: Completes): Operand<'many'> {
  return { arity: 'many', description, completes };
}

export const config = one('config file, YAML or JSON', configs);
export const run = one('run folder', runs);
export const runOrFile = one('run folder, or an ONNX file that involve export wrote', runsOrOnnx);

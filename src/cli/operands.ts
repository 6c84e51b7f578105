import { configs, runs, type Completes } from './completes.js';

/** A positional argument. Its name in the help is its key: `configOrSet` as `config-or-set`. */
export interface Operand<Arity extends 'one' | 'optional' | 'many' = 'one' | 'optional' | 'many'> {
  readonly arity: Arity;
  readonly description: string;
  readonly completes: Completes;
}

/** The arguments of a command, in the order in which they are typed. */
export type Operands = Readonly<Record<string, Operand>>;

type Absent<O extends Operands> = {
  [K in keyof O]: O[K]['arity'] extends 'optional' ? K : never;
}[keyof O];

type Value<Arity> = Arity extends 'many' ? readonly string[] : string;

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

/** One or more, to the end of the line. */
export function many(description: string, completes: Completes): Operand<'many'> {
  return { arity: 'many', description, completes };
}

export const config = one('config file, YAML or JSON', configs);
export const run = one('run folder', runs);
export const runOrFile = one('run folder, or an ONNX file that involve export wrote', runs);

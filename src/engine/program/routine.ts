import type { Operand, OperandRole } from './calls.js';

/** What an argument of a routine is: the address of what is read, written, both, or used in between; or a number. */
export type Role = OperandRole | 'number';

/** What is declared of a routine in its source (see wasm/assembly/roles.ts). */
export interface RoutineDeclaration {
  /** Its arguments, in their order. */
  readonly roles: Readonly<Record<string, Role>>;
  /**
   * For each result that may lie over an argument, the arguments, both from their beginning: the routine reads each value
   * before it writes the value at the same place, and reads no other after that.
   */
  readonly over?: Readonly<Record<string, readonly string[]>>;
  /** Whether its one result costs little to compute again. */
  readonly isCheap?: true;
  /**
   * Where this is the first of two passes, the second: what `over` allows, it allows also where the second is still to
   * come, and is the last call that names the argument that is written over.
   */
  readonly before?: string;
}

/** A routine of an engine, as the calls of a program carry it. */
export interface Routine {
  readonly name: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly role: Role;
    /** Places of the arguments over which it may lie. */
    readonly over: readonly number[];
  }[];
  readonly isCheap: boolean;
  readonly before: string | undefined;
}

/** A routine by its declaration. */
export function routine(name: string, { roles, over, isCheap, before }: RoutineDeclaration): Routine {
  const names = Object.keys(roles);
  return {
    name,
    arguments: names.map((argument) => ({
      name: argument,
      role: roles[argument],
      over: (over?.[argument] ?? []).map((input) => names.indexOf(input)),
    })),
    isCheap: isCheap ?? false,
    before,
  };
}

/** What a call of a routine is to the passes. */
export interface RoutineOperands {
  readonly operands: readonly Operand[];
  /** For each operand its place among the arguments. */
  readonly places: readonly number[];
  readonly isCheap: boolean;
  readonly before: string | undefined;
}

/** @param named for each argument where in a buffer it points to; undefined: it is a number, or points nowhere */
export function operandsOf(
  { name, arguments: all, isCheap, before }: Routine,
  named: readonly (Pick<Operand, 'buffer' | 'offset'> | undefined)[],
): RoutineOperands {
  const places = named.flatMap((at, place) => (at === undefined ? [] : [place]));
  const operands = places.map((place): Operand => {
    const { name: argument, role, over } = all[place];
    if (role === 'number')
      throw new Error(`The routine ${name} is given a buffer for the number ${argument}.`);
    const { buffer, offset } = named[place]!;
    if (over.length === 0) return { buffer, offset, role };
    return { buffer, offset, role, over: over.map((input) => places.indexOf(input)) };
  });
  return { operands, places, isCheap, before };
}

import { type Routine, routine } from '../program/routine.js';
import { DECLARATIONS } from './declarations.generated.js';

type Declarations = typeof DECLARATIONS;

/** A function of the compiled kernels that the threads run together. */
export type RoutineName = keyof Declarations;

/** Names of the arguments of a routine, beside the number of pieces of work. */
export type ArgumentName<N extends RoutineName> = keyof Declarations[N]['roles'] & string;

/** What a call of a routine is given: `items` pieces of work, addresses, numbers. */
export type Arguments<N extends RoutineName> = Readonly<Record<'items' | ArgumentName<N>, number>>;

/** Calls of all routines, with their arguments by name. */
export type Routines = { readonly [N in RoutineName]: (args: Arguments<N>) => void };

/** Routines that take the arguments of these names and no others: those that can stand for each other. */
export type RoutineTaking<A extends string> = {
  [N in RoutineName]: [ArgumentName<N>] extends [A] ? ([A] extends [ArgumentName<N>] ? N : never) : never;
}[RoutineName];

/** Runs a routine over `items` pieces of work, the arguments in the order of the declaration. */
export type RunRoutine = (routine: Routine, items: number, args: readonly number[]) => void;

/** The declarations as the calls of a program carry them. */
export const ROUTINES = Object.fromEntries(
  Object.entries(DECLARATIONS).map(([name, declaration]) => [name, routine(name, declaration)]),
) as unknown as Readonly<Record<RoutineName, Routine>>;

/** Typed calls that are made by `run`. */
export function routinesBy(run: RunRoutine): Routines {
  const calls = Object.values(ROUTINES).map((each) => {
    const names = each.arguments.map(({ name }) => name);
    const call = (args: Readonly<Record<string, number>>): void =>
      run(
        each,
        args.items,
        names.map((name) => args[name]),
      );
    return [each.name, call];
  });
  return Object.fromEntries(calls) as Routines;
}

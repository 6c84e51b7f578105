import { meantValue } from '../config/meant/meant-value.js';
import { closestString } from '../util/closest-string.js';
import { badInput } from '../util/errors.js';
import { withHome } from '../util/home-path.js';
import { nothing, type Completes } from './completes.js';

/** A flag of a command. Its name is its key: `dryRun` is typed as `--dry-run`. */
export interface Flag<Value = unknown> {
  /** What the help shows for the text after it, `n` or `path=value`; undefined where nothing follows. */
  readonly placeholder: string | undefined;
  readonly description: string;
  /** May be given again. */
  readonly repeats: boolean;
  /** The only words it takes. */
  readonly choices?: readonly string[];
  readonly completes: Completes;
  /** What others call it, without dashes: whoever types that is told its name. */
  readonly alsoCalled?: readonly string[];
  readonly default?: Value;
  /**
   * @param text what follows the flag
   * @param name the flag as it is typed
   * @param before what was given earlier
   * @throws InvolveError (exit code 2) for a text that does not fit
   */
  parse(text: string, name: string, before: Value | undefined): Value;
}

export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F> = F extends Flag<infer Value> ? Value : never;
type Absent<F extends Flags> = { [K in keyof F]: undefined extends FlagValue<F[K]> ? K : never }[keyof F];

/** What a body gets: the values by name; of a flag with a default always one. */
export type FlagValues<F extends Flags> = {
  readonly [K in Exclude<keyof F, Absent<F>>]: FlagValue<F[K]>;
} & { readonly [K in Absent<F>]?: FlagValue<F[K]> };

/** A flag that nothing follows. */
export function flag(description: string): Flag<true | undefined> {
  return { placeholder: undefined, description, repeats: false, completes: nothing, parse: () => true };
}

/** A text; where it is a path, `~/` is the user's own folder. */
export function text(
  placeholder: string,
  description: string,
  completes: Completes = nothing,
): Flag<string | undefined> {
  const isPath = completes.paths !== undefined;
  return {
    placeholder,
    description,
    repeats: false,
    completes,
    parse: (given) => (isPath ? withHome(given) : given),
  };
}

/** A flag that may be given several times; what was given is kept in order. Of paths as `text`. */
export function list(
  placeholder: string,
  description: string,
  completes: Completes = nothing,
): Flag<readonly string[] | undefined> {
  const one = text(placeholder, description, completes);
  return {
    placeholder,
    description,
    repeats: true,
    completes,
    parse: (given, name, before = []) => [...before, one.parse(given, name, undefined)!],
  };
}

/** Pixels, `x,y` each; may be given several times. */
export function points(
  placeholder: string,
  description: string,
): Flag<readonly { readonly x: number; readonly y: number }[] | undefined> {
  return {
    placeholder,
    description,
    repeats: true,
    completes: nothing,
    parse(given, name, before = []) {
      const [, x, y] = /^ *(\d+) *, *(\d+) *$/.exec(given) ?? [];
      if (x !== undefined) return [...before, { x: Number(x), y: Number(y) }];
      throw badInput('E_ARGUMENT', {
        what: `${name} expects x,y in whole pixels from the upper left corner, received "${given}"`,
        try: `${name} 20,31`,
      });
    },
  };
}

interface Range {
  readonly from: number;
  readonly to?: number;
}

type CountOptions = Range & Pick<Flag, 'alsoCalled'>;

/** A whole number. */
export function count(
  placeholder: string,
  description: string,
  range: CountOptions & { readonly default: number },
): Flag<number>;
export function count(
  placeholder: string,
  description: string,
  range: CountOptions,
): Flag<number | undefined>;
export function count(
  placeholder: string,
  description: string,
  { from, to, alsoCalled, default: standard }: CountOptions & { readonly default?: number },
): Flag<number | undefined> {
  return {
    placeholder,
    description,
    repeats: false,
    completes: nothing,
    alsoCalled,
    default: standard,
    parse(given, name) {
      const isWhole = /^\d+$/.test(given);
      if (isWhole && Number(given) >= from && Number(given) <= (to ?? Number.MAX_SAFE_INTEGER))
        return Number(given);
      const range = to === undefined ? `from ${from} up` : `from ${from} to ${to}`;
      throw badInput('E_ARGUMENT', {
        what: `${name} expects a whole number ${range}, received "${given}"`,
      });
    },
  };
}

/** Height and width: one number where they are the same, or `HEIGHTxWIDTH`, each in a range. */
export function imageSize(
  description: string,
  { from, to }: Required<Range>,
): Flag<number | readonly [height: number, width: number] | undefined> {
  return {
    placeholder: 'n|HxW',
    description,
    repeats: false,
    completes: nothing,
    parse(given, name) {
      const sides = /^(\d+)(?:x(\d+))?$/
        .exec(given)
        ?.slice(1)
        .filter((side) => side !== undefined);
      const [height, width = height] = (sides ?? []).map(Number);
      const fits = (side: number | undefined): side is number =>
        side !== undefined && side >= from && side <= to;
      if (fits(height) && fits(width)) return height === width ? height : [height, width];
      throw badInput('E_ARGUMENT', {
        what: `${name} expects a whole number from ${from} to ${to}, or two such as 512x1024, received "${given}"`,
      });
    },
  };
}

/** A number above 0. */
export function positive(placeholder: string, description: string, standard: number): Flag<number> {
  return {
    placeholder,
    description,
    repeats: false,
    completes: nothing,
    default: standard,
    parse(given, name) {
      const value = Number(given);
      if (given.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
      throw badInput('E_ARGUMENT', { what: `${name} expects a number above 0, received "${given}"` });
    },
  };
}

/** One of some words. */
export function choice<const Word extends string>(
  placeholder: string,
  description: string,
  words: readonly Word[],
  standard: NoInfer<Word>,
): Flag<Word>;
export function choice<const Word extends string>(
  placeholder: string,
  description: string,
  words: readonly Word[],
): Flag<Word | undefined>;
export function choice<const Word extends string>(
  placeholder: string,
  description: string,
  words: readonly Word[],
  standard?: Word,
): Flag<Word | undefined> {
  return {
    placeholder,
    description,
    repeats: false,
    choices: words,
    completes: { words },
    default: standard,
    parse(given, name) {
      const found = words.find((word) => word === given);
      if (found !== undefined) return found;
      const meant = meantValue(given, words) ?? closestString(given, words);
      throw badInput('E_ARGUMENT', {
        what: `${name} expects one of ${words.join(', ')}, received "${given}"`,
        try: meant && `did you mean "${meant}"?`,
      });
    },
  };
}

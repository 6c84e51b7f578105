import { closestString } from '../util/closest-string.js';
import { badInput, SHOWN_PROBLEMS, type Problem } from '../util/errors.js';
import { keras, type Numbers } from './conventions.js';
import type { ForeignNames } from './foreign-names.js';
import type { OwnWeight } from './own-weights.js';
import type { StoredWeights } from './read-weights.js';

/** A network that weights are to be put into. */
export interface Recipient {
  readonly weights: readonly OwnWeight[];
  /** Layers of the head. */
  readonly head: ReadonlySet<string>;
  /** What the head tells apart; undefined: whatever the weights do. */
  readonly classes?: readonly string[];
  /** What others call its weights; ours go without saying. */
  readonly foreign: readonly ForeignNames[];
}

/** How strictly weights have to fit. */
export interface FitOptions {
  /** `new`: the head stays as it is in any case. */
  readonly head: 'auto' | 'new';
  /** Tensors that are missing, too many or of another shape are no error. */
  readonly partial: boolean;
  /** What the user would write for that. */
  readonly partially: string;
}

/** What is taken of stored weights. */
export interface Fitted {
  /** Whose names they have: `involve`, `timm`, `Keras`. */
  readonly title: string;
  /** By our names. */
  readonly tensors: ReadonlyMap<string, Numbers>;
  /** Why the head stays as it starts from the seed; undefined where it came along. */
  readonly newHead: string | undefined;
  /** What stays as it starts from the seed beside the head, and stored tensors that have no place: of a partial fit. */
  readonly left: { readonly ours: readonly string[]; readonly theirs: readonly string[] };
}

/** Names of our own files. */
const OWN: ForeignNames = { title: 'involve', convention: keras, ignores: /^$/, nameOf: ({ name }) => name };

/**
 * Finds for each weight of a network its stored tensor, by whoever's names fit most, and brings it into our layout.
 * A head for other classes stays as it is.
 *
 * @throws InvolveError (exit code 2) with every tensor that does not fit, by its name in the file
 */
export function fitWeights(
  recipient: Recipient,
  stored: StoredWeights,
  { head, partial, partially }: FitOptions,
): Fitted {
  const names = namesOf(recipient, stored);
  const { convention } = names;
  const taken = new Map<string, Numbers>();
  const used = new Set<string>();
  const missing: OwnWeight[] = [];
  const misshapen: OwnWeight[] = [];
  const ofHead: OwnWeight[] = [];
  for (const weight of recipient.weights) {
    const name = names.nameOf(weight);
    const found = name === undefined ? undefined : stored.tensors.get(name);
    if (name !== undefined) used.add(name);
    if (recipient.head.has(weight.layer)) ofHead.push(weight);
    else if (found === undefined) missing.push(weight);
    else if (found.shape.join() !== convention.shapeOf(weight).join()) misshapen.push(weight);
    else taken.set(weight.name, { shape: weight.shape, data: convention.from(weight, found.data) });
  }
  const extra = [...stored.tensors.keys()].filter(
    (name) => !used.has(name) && !names.ignores.test(name) && !isConstant(names, name, stored),
  );
  if (taken.size === 0) throw ofAnother(recipient, stored, names);
  const problems = partial ? [] : differences({ names, stored, missing, misshapen, extra });
  if (problems.length > 0) throw badInput('E_WEIGHTS_FOREIGN', withWayOut(problems, partially));
  const newHead = head === 'new' ? 'as train.from.head says' : headReason(recipient, stored, names, ofHead);
  if (newHead === undefined) {
    for (const weight of ofHead) {
      const { data } = stored.tensors.get(names.nameOf(weight)!)!;
      taken.set(weight.name, { shape: weight.shape, data: convention.from(weight, data) });
    }
  }
  return {
    title: names.title,
    tensors: taken,
    newHead,
    left: { ours: [...missing, ...misshapen].map(({ name }) => name), theirs: extra },
  };
}

/** How many classes the head of stored weights tells apart, by the weights of a network with any head. */
export function storedClasses(
  recipient: Pick<Recipient, 'weights' | 'head' | 'foreign'>,
  stored: StoredWeights,
): number | undefined {
  const names = namesOf(recipient, stored);
  const bias = recipient.weights.find(({ layer, part }) => recipient.head.has(layer) && part === 'bias');
  return bias && stored.tensors.get(names.nameOf(bias) ?? '')?.shape[0];
}

// --- internal ---

/** Whoever's names fit most. */
function namesOf({ weights, foreign }: Pick<Recipient, 'weights' | 'foreign'>, { tensors }: StoredWeights) {
  const fits = (names: ForeignNames): number =>
    weights.filter((weight) => tensors.has(names.nameOf(weight) ?? '')).length;
  return foreign.reduce((best, each) => (fits(each) > fits(best) ? each : best), OWN);
}

/** A tensor that our network has not, and that changes nothing. */
function isConstant(names: ForeignNames, name: string, { tensors }: StoredWeights): boolean {
  const constant = names.constantOf?.(name);
  return constant !== undefined && tensors.get(name)!.data.every((value) => value === constant);
}

/** Why a head cannot come along. */
function headReason(
  { classes }: Recipient,
  stored: StoredWeights,
  names: ForeignNames,
  ofHead: readonly OwnWeight[],
): string | undefined {
  for (const weight of ofHead) {
    const found = stored.tensors.get(names.nameOf(weight) ?? '');
    if (found === undefined) return `${names.nameOf(weight) ?? weight.name} is not in ${stored.shown}`;
    const expected = names.convention.shapeOf(weight);
    if (found.shape.join() === expected.join()) continue;
    const there =
      stored.classes?.length ?? found.shape[names.convention.shapeOf(weight).indexOf(weight.shape.at(-1)!)];
    const here = weight.shape.at(-1)!;
    return there !== here
      ? `the weights tell ${there} classes apart, and here there are ${here}`
      : `${names.nameOf(weight)} is ${shapeText(found.shape)}, and here ${shapeText(expected)}`;
  }
  if (classes === undefined || stored.classes === undefined) return undefined;
  return classes.join('\n') === stored.classes.join('\n')
    ? undefined
    : `the weights tell other classes apart: ${listed(stored.classes, 3)}`;
}

interface Differences {
  readonly names: ForeignNames;
  readonly stored: StoredWeights;
  readonly missing: readonly OwnWeight[];
  readonly misshapen: readonly OwnWeight[];
  readonly extra: readonly string[];
}

function differences({ names, stored, missing, misshapen, extra }: Differences): Problem[] {
  const problems: Problem[] = [];
  const where = stored.shown;
  for (const weight of missing) {
    const name = names.nameOf(weight);
    const meant = name && closestString(name, extra);
    problems.push({
      what:
        name === undefined
          ? `${names.title} has no ${weight.name}, which this network has`
          : `${name} is missing, for ${weight.name} ${shapeText(weight.shape)}`,
      where,
      try: meant && `the file has ${meant}: is it a network of the same kind?`,
    });
  }
  for (const weight of misshapen) {
    const name = names.nameOf(weight)!;
    const { shape } = stored.tensors.get(name)!;
    problems.push({
      what: `${name} is ${shapeText(shape)}, and ${weight.name} needs ${shapeText(names.convention.shapeOf(weight))}`,
      where,
    });
  }
  for (const name of extra) {
    const constant = names.constantOf?.(name);
    problems.push({
      what:
        constant === undefined
          ? `${name} ${shapeText(stored.tensors.get(name)!.shape)} has no place in this network`
          : `${name} is not ${constant} throughout, and this network has no such scale`,
      where,
    });
  }
  return problems;
}

/** The last problem that is told says what else can be done. */
function withWayOut(problems: readonly Problem[], partially: string): Problem[] {
  const at = Math.min(problems.length, SHOWN_PROBLEMS) - 1;
  const way = `${partially} takes what fits`;
  return problems.map((problem, i) =>
    i === at ? { ...problem, try: problem.try === undefined ? way : `${problem.try}; or ${way}` } : problem,
  );
}

/** Nothing fits at all. */
function ofAnother({ weights, foreign }: Recipient, stored: StoredWeights, names: ForeignNames): Error {
  const theirs = [...stored.tensors].map(([name, { shape }]) => `${name} ${shapeText(shape)}`);
  const expected = [OWN, ...foreign].map((each) => {
    const some = weights.map((weight) => each.nameOf(weight)).filter((name) => name !== undefined);
    return `${some[0]} (${each.title})`;
  });
  const isEmpty = theirs.length === 0;
  return badInput('E_WEIGHTS_FOREIGN', {
    what: isEmpty
      ? 'the file has no weights'
      : `these are weights of another network: ${listed(theirs, 3)}; this one begins with ${expected.join(' or ')}`,
    where: stored.shown,
    try: `the config of the network that they are of${names === OWN && foreign.length === 0 ? '; weights of this family are known by our names alone' : ''}`,
  });
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function listed(items: readonly string[], most: number): string {
  return items.length > most
    ? `${items.slice(0, most).join(', ')}, … (${items.length} in all)`
    : items.join(', ');
}

import { z } from 'zod';
import { shellWord } from '../../util/shell-words.js';
import { describe, describeWanted } from '../describe.js';
import type { Meaning, Unit } from '../meanings.js';
import { meantValue } from './meant-value.js';
import { takesTruth, truthOf } from '../otherwise-written.js';
import { valueOfText } from '../override.js';
import {
  choiceOf,
  defaultOf,
  definition,
  isNullable,
  optionsOf,
  schemaAt,
  shapeOf,
  takesText,
  unwrap,
  wordsOf,
  type Choice,
  type Schema,
} from '../schema-walk.js';
import { closestKey } from '../suggest.js';

/**
 * How --set says what a flag of another tool does, in a form that the schema takes: `--optimizer sgd` as
 * `train.optimizer.name=sgd`, `--save-every 5` as `checkpoint.every.epochs=5`. Where no value follows the flag, or one that
 * is of no use here, VALUE stands for it, and what it can be is said behind it.
 *
 * @param typed what follows the flag
 * @returns undefined where the meaning is a part of the config of which nothing says which key is meant
 */
export function setForm(
  root: Schema,
  { paths, unit, says }: Extract<Meaning, { paths: unknown }>,
  typed: string | undefined,
): string | undefined {
  const places = paths.map((path): Place => ({ ...placeOf(root, path), unit }));
  const asked = says !== undefined && !places.some((place) => fits(place, typed)) ? says(typed) : typed;
  const forms = asked === undefined ? [] : places.flatMap((place) => formsFor(place, asked));
  const offered = forms.length > 0 ? forms : places.flatMap((place) => blankOf(place, asked === undefined));
  return offered.length === 0 ? undefined : [...new Set(offered)].join(' or ');
}

// --- internal ---

interface Place {
  readonly path: string;
  readonly schema: Schema;
  /** What times are counted in, where the flag says so. */
  readonly unit: Unit | undefined;
}

/** A path and its schema; of the key by which a choice is told that of the choice, whose words are more than one option's. */
function placeOf(root: Schema, path: string): Pick<Place, 'path' | 'schema'> {
  const end = path.lastIndexOf('.');
  const parent = end < 0 ? undefined : schemaAt(root, path.slice(0, end));
  return parent !== undefined && choiceOf(parent)?.discriminator === path.slice(end + 1)
    ? { path: path.slice(0, end), schema: parent }
    : { path, schema: schemaAt(root, path)! };
}

const setOf = (path: string, value: string): string => `--set ${path}=${shellWord(value)}`;

function fits({ schema }: Pick<Place, 'schema'>, text: string | undefined): boolean {
  return text !== undefined && z.safeParse(schema, valueOfText(schema, text)).success;
}

/** The forms in which the schema takes what was typed: of a time without a unit there may be two. */
function formsFor(place: Place, typed: string): string[] {
  const { path, schema } = place;
  const truth = truthOf(typed);
  // Of `--pretrained true` that is no file.
  if (takesText(schema) && truth !== undefined)
    return truth || !isNullable(schema) ? [] : [setOf(path, 'null')];
  if (fits(place, typed)) return [setOf(path, typed)];
  if (takesTruth(schema)) return truth === undefined ? [] : [setOf(path, String(truth))];
  if (isNullable(schema) && isOff(schema, typed)) return [setOf(path, 'null')];
  const choice = choiceOf(schema);
  if (choice !== undefined) return choiceForm(place, choice, typed);
  const word = wordFor(wordsIn(schema), typed);
  if (word !== undefined) return [setOf(path, word)];
  const list = listForms(place, typed);
  if (list.length > 0) return list;
  const within = keysOf(place).map((inner) => formsFor(inner, typed));
  return isPart(place) ? (within.find((forms) => forms.length > 0) ?? []) : within.flat();
}

/** Whether a word turns off what can be off: 0 too, where it is no number of ours. */
function isOff(schema: Schema, typed: string): boolean {
  return typed === '0' ? isKeysAlone(schema) : typed === 'none' || truthOf(typed) === false;
}

/** The key that tells the options apart, and what else the chosen one cannot do without. */
function choiceForm({ path, unit }: Place, { discriminator, options }: Choice, typed: string): string[] {
  const word = wordFor(
    options.flatMap(({ values }) => values),
    typed,
  );
  const option = options.find(({ values }) => word !== undefined && values.includes(word));
  if (option === undefined) return [];
  const { error } = z.safeParse(option.schema, { [discriminator]: word });
  const lacking = (error?.issues ?? []).flatMap(({ path: [key] }) => {
    const schema = key === undefined ? undefined : shapeOf(option.schema)![String(key)];
    return schema === undefined ? [] : blankOf({ path: `${path}.${String(key)}`, schema, unit }, false);
  });
  return [[setOf(`${path}.${discriminator}`, word!), ...lacking].join(' ')];
}

/** A list of what was typed, with commas between; times as keys of their own. */
function listForms({ path, schema, unit }: Place, typed: string): string[] {
  const def = definition(unwrap(schema));
  if (def.type !== 'array' && def.type !== 'tuple') return [];
  const element = def.type === 'array' ? def.element : def.items[0];
  const items = typed.split(/[\s,]+/).filter((item) => item !== '');
  const times = keysOf({ path: '', schema: element, unit }).map((inner) => inner.path.slice(1));
  const written = [items, ...times.map((key) => items.map((item) => `{ ${key}: ${item} }`))];
  return written
    .map((each) => `[${each.join(', ')}]`)
    .filter((text) => fits({ schema }, text))
    .map((text) => setOf(path, text));
}

/** VALUE, and what it can be; of what takes true and is not said otherwise, true. */
function blankOf(place: Place, isBare: boolean): string[] {
  const { path, schema } = place;
  if (isBare && takesTruth(schema)) return [setOf(path, 'true')];
  const choice = choiceOf(schema);
  if (choice !== undefined) {
    const words = choice.options.flatMap(({ values }) => values);
    return [`${setOf(`${path}.${choice.discriminator}`, 'VALUE')}, ${describe(z.enum(words))}`];
  }
  const [inner] = isKeysAlone(schema) ? keysOf(place) : [];
  if (inner !== undefined) return blankOf(inner, isBare);
  return shapeOf(schema) === undefined ? [`${setOf(path, 'VALUE')}, ${describeWanted(schema)}`] : [];
}

/** Keys that a part of the config is known by. */
const NAMES = ['name', 'dir'];

/**
 * The keys within that may be meant by a single value: of a time its unit, of what can be off the first one; of a part of
 * the config what it is called, or where it lies.
 */
function keysOf(place: Place): Place[] {
  const { path, schema, unit } = place;
  const within = (key: string, child: Schema): Place => ({ path: `${path}.${key}`, schema: child, unit });
  const objects = optionsOf(schema)
    .map(shapeOf)
    .filter((shape) => shape !== undefined);
  if (isPart(place))
    return NAMES.flatMap((key) => (objects[0][key] === undefined ? [] : within(key, objects[0][key])));
  const firsts = objects.map((shape) => within(...Object.entries(shape)[0]));
  if (firsts.length < 2) return firsts;
  const standard = defaultOf(schema);
  const usual = typeof standard === 'object' && standard !== null ? Object.keys(standard)[0] : undefined;
  const wanted = unit ?? usual;
  return wanted === undefined ? firsts : firsts.filter((inner) => inner.path === `${path}.${wanted}`);
}

/** A part of the config, such as `data`. */
function isPart({ path, schema }: Place): boolean {
  return shapeOf(schema) !== undefined && path !== '' && !path.includes('.');
}

/** Whether keys are all that it takes. */
function isKeysAlone(schema: Schema): boolean {
  return optionsOf(schema).every((option) => shapeOf(option) !== undefined);
}

function wordsIn(schema: Schema): string[] {
  return optionsOf(schema).flatMap(wordsOf);
}

/** The word that was meant; a path is none. */
function wordFor(words: readonly string[], typed: string): string | undefined {
  if (words.includes(typed)) return typed;
  return /[/~]/.test(typed) ? undefined : (meantValue(typed, words) ?? closestKey(typed, words));
}

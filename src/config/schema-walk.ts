import type { z } from 'zod';
import { childOf, toPlain, type Located } from './located.js';

/** What is asked of the schema while configs are merged, overridden and explained. */
export type Schema = z.core.$ZodType;

type Definition = z.core.$ZodTypes['_zod']['def'];

/** The definition of a schema, typed by its `type`. */
export function definition(schema: Schema): Definition {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schema without `default`, `nullable`, `optional` around it. */
export function unwrap(schema: Schema): Schema {
  const def = definition(schema);
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nonoptional':
    case 'nullable':
    case 'readonly':
      return unwrap(def.innerType);
    default:
      return schema;
  }
}

export function isNullable(schema: Schema): boolean {
  const def = definition(schema);
  if (def.type === 'nullable') return true;
  return 'innerType' in def && def.type !== 'catch' && isNullable(def.innerType);
}

/** What stands for a value that is not given; undefined when it has to be given. */
export function defaultOf(schema: Schema): unknown {
  const def = definition(schema);
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue;
  return def.type === 'nullable' || def.type === 'optional' ? defaultOf(def.innerType) : undefined;
}

/** A union of objects told apart by one key, such as `type`, `name` or `family`. */
export interface Choice {
  readonly discriminator: string;
  readonly options: readonly { readonly schema: Schema; readonly values: readonly string[] }[];
}

/** The schema as a choice, if it is one. */
export function choiceOf(schema: Schema): Choice | undefined {
  const inner = unwrap(schema);
  const def = definition(inner);
  if (def.type !== 'union' || !('discriminator' in def)) return undefined;
  const known = choices.get(inner);
  if (known !== undefined) return known;
  const discriminator = String(def.discriminator);
  const options = def.options.map((option) => ({
    schema: option,
    values: wordsOf(shapeOf(option)![discriminator]),
  }));
  const choice = { discriminator, options };
  choices.set(inner, choice);
  return choice;
}

/** By schema: one that stands in a slot of every family is asked for hundreds of times. */
const choices = new WeakMap<Schema, Choice>();

/** The words an enum or a literal allows; empty for any other schema. */
export function wordsOf(schema: Schema): string[] {
  const def = definition(unwrap(schema));
  if (def.type === 'enum') return Object.values(def.entries).map(String);
  return def.type === 'literal' ? def.values.map(String) : [];
}

/** The option of a choice that `node` takes, by its discriminator. */
export function chosen(choice: Choice, node: Located | undefined): Schema | undefined {
  if (node?.kind !== 'map') return undefined;
  const given = node.entries.get(choice.discriminator);
  if (given === undefined) return undefined;
  return choice.options.find(({ values }) => values.includes(String(toPlain(given))))?.schema;
}

/** The keys of an object schema; undefined for anything else. */
export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const def = definition(unwrap(schema));
  return def.type === 'object' ? def.shape : undefined;
}

/**
 * The schema of a child. In a choice that cannot be told yet, any option that knows the key answers.
 *
 * @param node the value at `schema`, which tells which option of a choice it takes
 */
export function childSchema(
  schema: Schema,
  key: string | number,
  node: Located | undefined,
): Schema | undefined {
  const def = definition(unwrap(schema));
  if (def.type === 'array') return isIndex(key) ? def.element : undefined;
  if (def.type === 'tuple') return isIndex(key) ? def.items[Number(key)] : undefined;
  if (def.type === 'object') return Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
  if (def.type === 'record') return def.valueType;
  if (def.type !== 'union') return undefined;
  const choice = choiceOf(schema);
  const option = choice && chosen(choice, node);
  const candidates = option === undefined ? def.options : [option];
  return candidates.map((each) => childSchema(each, key, node)).find((each) => each !== undefined);
}

/** The schema of a path, whatever else the config says. */
export function schemaAt(root: Schema, path: string): Schema | undefined {
  return path
    .split('.')
    .reduce<Schema | undefined>((schema, key) => schema && childSchema(schema, key, undefined), root);
}

/** The forms that a value may have, one unless it is a union. */
export function optionsOf(schema: Schema): readonly Schema[] {
  const def = definition(unwrap(schema));
  return def.type === 'union' ? def.options : [schema];
}

/** Whether a text is one of the forms. */
export function takesText(schema: Schema): boolean {
  return optionsOf(schema).some((option) => definition(unwrap(option)).type === 'string');
}

/** The keys that may stand here. */
export function knownKeys(schema: Schema, node: Located | undefined): string[] {
  const shape = shapeOf(schema);
  if (shape !== undefined) return Object.keys(shape);
  const def = definition(unwrap(schema));
  if (def.type !== 'union') return [];
  const choice = choiceOf(schema);
  const option = choice && chosen(choice, node);
  const options = option === undefined ? def.options : [option];
  return [...new Set(options.flatMap((each) => knownKeys(each, node)))];
}

/**
 * Every path of the schema down to single values, `train.optimizer.learningRate`.
 *
 * @param node the value at `schema`: a choice which it has made leaves out the other options
 */
export function allPaths(schema: Schema, node?: Located, prefix: readonly string[] = []): string[] {
  const here = prefix.length === 0 ? [] : [prefix.join('.')];
  const def = definition(unwrap(schema));
  if (def.type === 'object') {
    const below = Object.entries(def.shape).flatMap(([key, child]) =>
      allPaths(child, node && childOf(node, key), [...prefix, key]),
    );
    return [...here, ...below];
  }
  if (def.type === 'union') {
    const choice = choiceOf(schema);
    const option = choice && chosen(choice, node);
    const options = option === undefined ? def.options : [option];
    return [...new Set([...here, ...options.flatMap((each) => allPaths(each, node, prefix))])];
  }
  return here;
}

function isIndex(key: string | number): boolean {
  return /^\d+$/.test(String(key));
}

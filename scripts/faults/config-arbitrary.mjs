// Configs as somebody might write them who knows the keys and not their rules: made from the JSON schema, with mistakes.
import fc from 'fast-check';

/** What is wrong nearly everywhere. */
const JUNK = [
  ...[
    null,
    true,
    '',
    ' ',
    'yes',
    '~',
    '0x10',
    '1e999',
    '-',
    '__proto__',
    'constructor',
    'toString',
    '\u202Eabc',
  ],
  ...[0, -0, -1, 0.5, 1e-300, 1e300, 2 ** 31, 2 ** 53, -(2 ** 53), 1e6],
  ...[[], {}, [[]], [null], { a: 1 }, { __proto__: null }, { epochs: -1 }, 'a'.repeat(300)],
];
/** Names that objects have by themselves, and others that a reader may stumble over. */
const ODD_KEYS = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'extends',
  '$schema',
  'name',
  '0',
  '',
  '.',
  'a.b',
  'é\u0301',
];

/**
 * A value for a JSON schema, mostly one that it allows.
 * @param root where `$ref` looks
 * @param rate how often something else stands in a value's place
 */
export function valueOf(schema, root, rate = 0.02, depth = 0) {
  const sound = soundValue(schema, root, rate, depth);
  const wrong = Math.round(rate * 1000);
  if (wrong === 0) return sound;
  return fc.oneof({ weight: 1000 - wrong, arbitrary: sound }, { weight: wrong, arbitrary: junk });
}

/** Text of a config: JSON, YAML as a person writes it, or either with a few characters changed. */
export function textOf(config) {
  const plain = config.map((value) => JSON.stringify(value, null, 1) ?? 'null');
  const yaml = config.map((value) => yamlText(value));
  return fc
    .tuple(fc.oneof(plain, yaml), fc.array(edit, { maxLength: 3 }))
    .map(([text, edits]) => edits.reduce((changed, change) => change(changed), text));
}

export const junk = fc.oneof(
  fc.constantFrom(...JUNK),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);

// --- internal ---

/** Deep enough for every key there is. */
const DEEPEST = 8;

function soundValue(schema, root, rate, depth) {
  if (schema.$ref !== undefined) return valueOf(referenced(schema.$ref, root), root, rate, depth);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined && schema.properties === undefined)
    return fc.oneof(...choices.map((each) => valueOf(each, root, rate, depth)));
  if (schema.allOf !== undefined && schema.properties === undefined)
    return valueOf(schema.allOf[0], root, rate, depth);
  switch (schema.type) {
    case 'object':
      return depth >= DEEPEST ? fc.constant({}) : object(schema, root, rate, depth);
    case 'array':
      return array(schema, root, rate, depth);
    case 'integer':
    case 'number':
      return number(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      if (schema.pattern !== undefined) return fc.constantFrom('a', 'exp-3', 'a.b_c', 'x'.repeat(60));
      return fc.constantFrom('a', 'image-folder', 'data', '../x', 'a b', "it's", 'ä', 'train', 'x.csv');
    default:
      return junk;
  }
}

function referenced(ref, root) {
  return ref
    .slice(2)
    .split('/')
    .reduce((here, key) => here[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')], root);
}

function object({ properties = {}, required = [] }, root, rate, depth) {
  const entries = Object.entries(properties).map(([key, schema]) => {
    const isWanted = required.includes(key) || WANTED.includes(key);
    const value = valueOf(isWanted ? notNull(schema) : schema, root, rate, depth + 1);
    return atTimes(
      isWanted ? 1 - rate : usual(key, depth),
      value.map((made) => [[key, made]]),
    );
  });
  const extra = fc.tuple(fc.constantFrom(...ODD_KEYS), junk).map((entry) => [entry]);
  // As entries, since `__proto__` is no key in a literal.
  return fc.tuple(...entries, atTimes(rate, extra)).map((all) => Object.fromEntries(all.flat()));
}

/** What nearly every config says, whether its schema asks for it or not. */
const WANTED = [
  'name',
  'data',
  'model',
  'train',
  'family',
  'inputSize',
  'epochs',
  'type',
  'article',
  'degrees',
  'at',
  'size',
];
/** What cannot work with names that are made up, or only seldom. */
const SELDOM = [
  'extends',
  '$schema',
  'dir',
  'steps',
  'until',
  'claim',
  'progressive',
  'shards',
  'parquet',
  'labelFile',
];

function usual(key, depth) {
  return SELDOM.includes(key) ? 0.02 : depth === 0 ? 0.4 : 0.12;
}

function notNull(schema) {
  return schema.anyOf === undefined
    ? schema
    : { ...schema, anyOf: schema.anyOf.filter(({ type }) => type !== 'null') };
}

/** The entry, or none. */
function atTimes(share, entry) {
  const weight = Math.round(1000 * share);
  return fc.oneof({ weight: 1000 - weight, arbitrary: fc.constant([]) }, { weight, arbitrary: entry });
}

function array({ items, minItems = 0, maxItems = 4 }, root, rate, depth) {
  if (Array.isArray(items)) return fc.tuple(...items.map((each) => valueOf(each, root, rate, depth + 1)));
  return fc.array(valueOf(items ?? {}, root, rate, depth + 1), {
    minLength: minItems,
    maxLength: Math.min(maxItems, minItems + 3),
  });
}

/** Mostly small, as people choose numbers; at times at the ends of what is allowed. */
function number({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const low = minimum ?? exclusiveMinimum ?? -10;
  const high = maximum ?? exclusiveMaximum ?? low + 1000;
  const usual = [1, 2, 3, 4, 7, 8, 16, 32, 0.1, 0.25, 0.5, 0.9, 0.001].filter(
    (each) => each > low && each < high,
  );
  const whole = type === 'integer';
  const some = usual.filter((each) => !whole || Number.isInteger(each));
  const ends = [low, high, low + (whole ? 1 : 1e-9), high - (whole ? 1 : 1e-9)];
  const near = fc.constantFrom(...(some.length > 0 ? some : [low]));
  return fc.oneof({ weight: 12, arbitrary: near }, { weight: 1, arbitrary: fc.constantFrom(...ends) });
}

const SNIPPETS = [
  ...[
    '\t',
    '\0',
    '\uFEFF',
    '\u2028',
    '&a ',
    '*a',
    '!!js/function ',
    '!!binary ',
    '<<: *a\n',
    '? ',
    '---\n',
    '...\n',
    '%YAML 9.9\n',
    '# ',
  ],
  ...[
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '|\n',
    '>\n',
    '${HOME}',
    '\\x',
    '\\uD800',
    '\uFFFD',
    '\r',
    '- ',
    '~',
    '@',
    '`',
  ],
];

/** One change of a text: a snippet put in, a stretch cut out or doubled. */
const edit = fc
  .tuple(fc.nat(2), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40), fc.constantFrom(...SNIPPETS))
  .map(([kind, share, length, snippet]) => (text) => {
    const at = Math.floor(share * text.length);
    const [before, after] = [text.slice(0, at), text.slice(at)];
    if (kind === 0) return before + snippet + after;
    if (kind === 1) return before + after.slice(length);
    return before + after.slice(0, length) + after;
  });

/** Block style, words without quotes. */
function yamlText(value, indent = '') {
  if (Array.isArray(value)) return `[${value.map((each) => JSON.stringify(each)).join(', ')}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' && /^[\w .-]+$/.test(value) ? value : JSON.stringify(value);
  const lines = Object.entries(value).map(([key, each]) => {
    const word = /^[\w$]+$/.test(key) ? key : JSON.stringify(key);
    const isMap =
      typeof each === 'object' && each !== null && !Array.isArray(each) && Object.keys(each).length > 0;
    return isMap
      ? `${indent}${word}:\n${yamlText(each, `${indent}  `)}`
      : `${indent}${word}: ${yamlText(each, indent)}\n`;
  });
  return lines.length === 0 ? '{}' : lines.join('');
}

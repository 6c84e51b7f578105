/** A value of a call in Python's notation. */
export type PythonValue =
  string | number | boolean | null | readonly PythonValue[] | { readonly [key: string]: PythonValue };

/** `Convolution(3, 32, 3, stride=2)`: by order, and by name in Python's manner, what is undefined being left out. */
export function pythonCall(
  name: string,
  given: readonly PythonValue[],
  named: Readonly<Record<string, PythonValue | undefined>> = {},
): string {
  const byName = Object.entries(named).flatMap(([key, value]) =>
    value === undefined ? [] : [`${snakeCase(key)}=${pythonValue(value)}`],
  );
  return `${name}(${[...given.map(pythonValue), ...byName].join(', ')})`;
}

/** A list is a tuple. */
export function pythonValue(value: PythonValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  // JSON's strings are Python's, surrogates being left as they are.
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    const items = (value as readonly PythonValue[]).map(pythonValue);
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${pythonValue(each)}`);
  return `{${entries.join(', ')}}`;
}

/** A piece of a module that stands for itself: a class, a function or a constant. */
interface Block {
  readonly name: string;
  readonly text: string;
  readonly mentions: ReadonlySet<string>;
}

/**
 * Of the definitions of Python modules those that are called by their names, and what these need, in the order in which
 * they stand there.
 */
export function definitionsOf(modules: readonly string[], called: Iterable<string>): string[] {
  const blocks = modules.flatMap(blocksOf);
  const byName = new Map(blocks.map((block) => [block.name, block]));
  const needed = new Set<string>();
  const need = (name: string): void => {
    const block = byName.get(name);
    if (block === undefined || needed.has(name)) return;
    needed.add(name);
    block.mentions.forEach(need);
  };
  for (const name of called) {
    if (!byName.has(name)) throw new Error(`no Python module defines ${name}`);
    need(name);
  }
  return blocks.filter(({ name }) => needed.has(name)).map(({ text }) => text);
}

// --- internal ---

/** `reduction_ratio` of `reductionRatio`. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function blocksOf(module: string): Block[] {
  return module
    .split(/\n+(?=\S)/)
    .map((text) => text.trimEnd())
    .flatMap((text) => {
      const name = /^(?:class|def) (\w+)|^(\w+) = /.exec(text);
      if (name === null) return [];
      return [{ name: name[1] ?? name[2], text, mentions: new Set(text.match(/\w+/g)) }];
    });
}

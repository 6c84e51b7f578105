/** Where a value was written: a line of a file, or a flag of the command line. */
export type Origin =
  { readonly file: string; readonly line: number } | { readonly flag: string; readonly line?: undefined };

/**
 * A config before it is validated: plain data that knows where each value was written. In a map the
 * origin of a value is the line of its key.
 */
export type Located =
  | { readonly kind: 'scalar'; readonly value: unknown; readonly origin: Origin }
  | { readonly kind: 'list'; readonly items: readonly Located[]; readonly origin: Origin }
  | LocatedMap;

export interface LocatedMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Located>;
  readonly origin: Origin;
}

/** The path of a value within a config: keys, and indices of lists. */
export type ConfigPath = readonly (string | number)[];

/** `train.schedule.at[0].epochs` */
export function pathText(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? shownKey(part) : `${text}.${shownKey(part)}`;
  }, '');
}

/** A key as a message shows it: cut short, with nothing in it that a terminal would obey. */
export function shownKey(key: string): string {
  const short = key.length > 60 ? `${key.slice(0, 57)}…` : key;
  return short.replace(
    /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `configs/x.json:12: train.epochs`, or the flag as it was typed, with the path where that lies within its value. */
export function whereText(origin: Origin, path: ConfigPath): string {
  if (origin.line === undefined) {
    const given = /^--set ([^=\s]+)=/.exec(origin.flag)?.[1];
    const isWithin = given !== undefined && pathText(path).startsWith(`${given}.`);
    return isWithin ? `${origin.flag}: ${pathText(path)}` : origin.flag;
  }
  const place = `${origin.file}:${origin.line}`;
  return path.length === 0 ? place : `${place}: ${pathText(path)}`;
}

/** The value without its origins. */
export function toPlain(node: Located): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, toPlain(value)]));
}

/** Plain data as if all of it had been written at `origin`. */
export function fromPlain(value: unknown, origin: Origin): Located {
  if (Array.isArray(value))
    return { kind: 'list', items: value.map((item) => fromPlain(item, origin)), origin };
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, each]) => [key, fromPlain(each, origin)] as const);
    return { kind: 'map', entries: new Map(entries), origin };
  }
  return { kind: 'scalar', value, origin };
}

/** The node at a path, or its nearest ancestor that was written. */
export function nearest(root: Located, path: ConfigPath): Located {
  let node = root;
  for (const part of path) {
    const next = childOf(node, part);
    if (next === undefined) break;
    node = next;
  }
  return node;
}

export function childOf(node: Located, part: string | number): Located | undefined {
  if (node.kind === 'map') return node.entries.get(String(part));
  return node.kind === 'list' ? node.items[Number(part)] : undefined;
}

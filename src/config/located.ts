import { readFileSync } from 'node:fs';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node as YamlNode,
} from 'yaml';
import type { Problem } from '../util/errors.js';

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
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
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

/**
 * Reads YAML or, where the name ends in `.json`, strict JSON. Both go through the YAML parser, since
 * JSON is YAML and only this parser knows the lines.
 *
 * @param file the file to read
 * @param label its name in messages
 * @returns the data, or every syntax error
 */
export function readLocated(file: string, label: string): { node: Located } | { problems: Problem[] } {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  try {
    return parseLocated(text, label, /\.json$/i.test(file));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problems: [{ what: 'nested too deep, or an alias that holds itself', where: label }] };
  }
}

// --- internal ---

function parseLocated(
  text: string,
  label: string,
  isJson: boolean,
): { node: Located } | { problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    what:
      error.code === 'DUPLICATE_KEY'
        ? 'a key is given twice'
        : error.message.replace(/^./, (c) => c.toLowerCase()),
    where: `${label}:${lines.linePos(error.pos[0]).line}`,
  }));
  if (problems.length === 0 && isJson) problems.push(...jsonProblems(text, label));
  if (problems.length > 0) return { problems };
  if (document.contents === null) return { problems: [{ what: 'the config is empty', where: label }] };
  return { node: locate(document.contents, document, lines, label) };
}

function locate(
  node: YamlNode | null,
  document: Document,
  lines: LineCounter,
  file: string,
  line?: number,
): Located {
  const target = isAlias(node) ? node.resolve(document) : node;
  const origin = { file, line: line ?? (node?.range ? lines.linePos(node.range[0]).line : 1) };
  if (isMap(target)) {
    const entries = new Map<string, Located>();
    for (const pair of target.items) {
      const key = pair.key as YamlNode;
      const keyLine = key.range ? lines.linePos(key.range[0]).line : origin.line;
      const name = isScalar(key) ? String(key.value) : String(key);
      entries.set(name, locate(pair.value as YamlNode | null, document, lines, file, keyLine));
    }
    return { kind: 'map', entries, origin };
  }
  if (isSeq(target)) {
    const items = target.items.map((item) => locate(item as YamlNode | null, document, lines, file));
    return { kind: 'list', items, origin };
  }
  return { kind: 'scalar', value: isScalar(target) ? target.value : null, origin };
}

/** What is YAML but not JSON: trailing commas, comments, bare words. */
function jsonProblems(text: string, label: string): Problem[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const line = text.slice(0, badJsonOffset(text)).split('\n').length;
    const what = (error as Error).message
      .replace(/,? (\.\.\.)?".*"?(\.\.\.)? is not valid JSON$/s, '')
      .replace(/ in JSON at position.*$/s, '')
      .replace(/^./, (c) => c.toLowerCase());
    return [
      {
        what: `not valid JSON: ${what}`,
        where: `${label}:${line}`,
        try: 'check commas, quotes and comments near that line, or name the file .yaml',
      },
    ];
  }
}

/**
 * Offset of the first character that cannot stand in JSON. The parser names it for some errors only, so
 * lines are added until one fails by more than by ending too early. (JSON strings cannot cross lines.)
 */
function badJsonOffset(text: string): number {
  let end = 0;
  while (end < text.length) {
    const next = text.indexOf('\n', end);
    const start = end;
    end = next === -1 ? text.length : next + 1;
    try {
      JSON.parse(text.slice(0, end));
    } catch (error) {
      const { message } = error as Error;
      const position = /at position (\d+)/.exec(message);
      if (position !== null && Number(position[1]) < text.slice(0, end).trimEnd().length)
        return Number(position[1]);
      if (position === null && !/end of JSON input/.test(message)) return start;
    }
  }
  return text.length;
}

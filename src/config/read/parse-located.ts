import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  CST,
  type Document,
  type Node as YamlNode,
} from 'yaml';
import type { Problem } from '../../util/errors.js';
import { grouped } from '../../util/number-text.js';
import { shownKey, type Located, type Origin } from '../located.js';
import { decimalComma } from './decimal-comma.js';
import { syntaxProblem } from './syntax-problem.js';

/** How values of a text know where they come from. */
export interface TextPlaces {
  readonly origin: (line: number) => Origin;
  /** For messages. */
  readonly place: (line: number) => string;
}

/** The deepest value of a config is at the sixth level. */
const MOST_LEVELS = 64;
/** Aliases written out, which is how many a config is checked by. */
const MOST_VALUES = 50_000;

/**
 * Parses YAML, of which JSON is a part: maps, lists, text, numbers, true, false, null. It is refused before it is
 * followed where it is nested deeper or, with its aliases written out, larger than any config.
 *
 * @returns the data, undefined where there is none, or every problem
 */
export function parseLocated(
  text: string,
  places: TextPlaces,
): { node: Located | undefined } | { problems: Problem[] } {
  const lines = new LineCounter();
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const found: Found[] = [];
  const report: Report = (line, what, hint) =>
    void found.push({ line, problem: { what, where: places.place(line), try: hint } });
  try {
    const document = compose(text, lines, report);
    for (const error of [...document.errors, ...document.warnings]) {
      const { what, hint } = syntaxProblem(error, text);
      report(lineOf(error.pos[0]), what, hint);
    }
    const { contents } = document;
    const node = contents === null ? undefined : new Locator(lineOf, places.origin, report).locate(contents);
    if (found.length === 0) return { node };
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    report(error.line, error.message, error.hint);
  }
  return { problems: found.sort((a, b) => a.line - b.line).map(({ problem }) => problem) };
}

// --- internal ---

interface Found {
  readonly line: number;
  readonly problem: Problem;
}

type Report = (line: number, what: string, hint: string | undefined) => void;

/** Ends the reading of a text that is nested too deep or too large. */
class TooMuch extends Error {
  constructor(
    readonly line: number,
    what: string,
    readonly hint: string,
  ) {
    super(what);
  }
}

function tooManyValues(line: number): TooMuch {
  return new TooMuch(
    line,
    `more than ${grouped(MOST_VALUES)} values, aliases written out`,
    'a config has some hundred: look for aliases of aliases and for long lists',
  );
}

function compose(text: string, lines: LineCounter, report: Report): Document {
  const composer = new Composer({
    prettyErrors: false,
    stringKeys: true,
    // The library compares each key with all before it.
    uniqueKeys: false,
    // Whatever the text says of itself by %YAML.
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
  });
  const [document, second] = composer.compose(tokens(text, lines), true, text.length);
  if (second !== undefined) {
    report(
      lines.linePos(second.range[0]).line,
      'there are several documents in the file, and a config is one',
      'keep what stands before the second ---, or make it a file of its own',
    );
  }
  return document;
}

/** The parts of the text; the parser keeps what is open on a stack, the composer that follows goes down recursively. */
function* tokens(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let scalars = 0;
  for (const lexeme of new Lexer().lex(text)) {
    // A key and a value each.
    if (lexeme === CST.SCALAR || /^["']/.test(lexeme)) scalars++;
    if (scalars > 2 * MOST_VALUES) throw tooManyValues(lines.linePos(parser.offset).line);
    yield* parser.next(lexeme);
    if (parser.stack.length > MOST_LEVELS) {
      throw new TooMuch(
        lines.linePos(Math.min(parser.offset, text.length - 1)).line,
        `nested more than ${MOST_LEVELS} levels deep`,
        'a config is a few levels deep: look for brackets that are not closed',
      );
    }
  }
  yield* parser.end();
}

/** What stands behind an anchor; undefined as long as it is being read. */
interface Anchor {
  node: Located | undefined;
  values: number;
}

class Locator {
  readonly #anchors = new Map<string, Anchor>();
  #values = 0;

  constructor(
    private readonly lineOf: (offset: number) => number,
    private readonly origin: (line: number) => Origin,
    private readonly report: Report,
  ) {}

  /** @param keyLine the line of the key that the value belongs to */
  locate(node: YamlNode | null, keyLine?: number): Located {
    const line = keyLine ?? (node?.range ? this.lineOf(node.range[0]) : 1);
    if (isAlias(node)) return this.#aliased(node.source, line);
    this.#count(1, line);
    const name = node?.anchor;
    if (name === undefined) return this.#plain(node, line);
    const before = this.#values - 1;
    const anchor: Anchor = { node: undefined, values: 0 };
    this.#anchors.set(name, anchor);
    anchor.node = this.#plain(node, line);
    anchor.values = this.#values - before;
    return anchor.node;
  }

  #plain(node: YamlNode | null, line: number): Located {
    const origin = this.origin(line);
    if (isMap(node)) {
      const entries = new Map<string, Located>();
      const keyLines = new Map<string, number>();
      for (const [i, pair] of node.items.entries()) {
        const key = pair.key as YamlNode | null;
        const keyLine = key?.range ? this.lineOf(key.range[0]) : line;
        const name = isScalar(key) ? String(key.value ?? '') : String(key ?? '');
        const decimal = node.flow ? decimalComma(node.items[i - 1], pair) : undefined;
        if (decimal === undefined) this.#checkKey(name, keyLine, keyLines.get(name));
        else
          this.report(
            keyLine,
            `"${shownKey(name)}" stands where a key belongs`,
            `write a decimal point, since a comma ends the value: ${decimal}`,
          );
        keyLines.set(name, keyLines.get(name) ?? keyLine);
        entries.set(name, this.locate(pair.value as YamlNode | null, keyLine));
      }
      return { kind: 'map', entries, origin };
    }
    if (isSeq(node))
      return { kind: 'list', items: node.items.map((item) => this.locate(item as YamlNode | null)), origin };
    return { kind: 'scalar', value: isScalar(node) ? node.value : null, origin };
  }

  #checkKey(name: string, line: number, first: number | undefined): void {
    if (name === '<<') {
      const hint = 'extends: FILE takes over another config; else write the keys out';
      this.report(line, 'the merge key "<<" of YAML 1.1 is not known', hint);
    } else if (first !== undefined) {
      const hint = `keep one of them; the first is in line ${first}`;
      this.report(line, `the key "${shownKey(name)}" is given twice`, hint);
    }
  }

  /** The very nodes behind the anchor, under the line where they are used. */
  #aliased(name: string, line: number): Located {
    const origin = this.origin(line);
    const anchor = this.#anchors.get(name);
    if (anchor?.node === undefined) {
      const what =
        anchor === undefined
          ? `there is no anchor &${shownKey(name)} before the alias *${shownKey(name)}`
          : `the alias *${shownKey(name)} stands for a value that holds it`;
      this.report(line, what, 'write the value out');
      return { kind: 'scalar', value: null, origin };
    }
    this.#count(anchor.values, line);
    return { ...anchor.node, origin };
  }

  #count(values: number, line: number): void {
    this.#values += values;
    if (this.#values <= MOST_VALUES) return;
    throw tooManyValues(line);
  }
}

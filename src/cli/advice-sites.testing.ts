import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A text that stands after `try:` somewhere, as the code has it. */
export interface AdviceSite {
  /** `src/cli/flags.ts`: where the text is written. */
  readonly file: string;
  /** The text, with `…` where a value stands. */
  readonly text: string;
  /** What printed advice of it looks like. */
  readonly pattern: RegExp;
}

/**
 * Every text that the code puts after `try:`, one for each branch of a condition. Followed back from `try: …` through
 * constants, arguments and what functions return; what cannot be followed has the expression for its text, and a pattern
 * that matches nothing.
 */
export function adviceSites(): AdviceSite[] {
  const found = new Map<string, AdviceSite>();
  const search = new Search();
  for (const expression of search.advices())
    for (const site of search.textsOf(expression)) found.set(`${site.file}: ${site.text}`, site);
  return [...found.values()].sort((a, b) =>
    a.file === b.file ? (a.text < b.text ? -1 : 1) : a.file < b.file ? -1 : 1,
  );
}

// --- internal ---

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'src');
const IS_TEST = /\.(test|testing)\.ts$|\/testing\.ts$|\.d\.ts$/;
/** Properties that hold advice until it is printed. */
const CARRIERS = ['try', 'hint', 'fix'];
/** More steps than any text is away from its `try:`. */
const FARTHEST = 8;

class Search {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #sources: readonly ts.SourceFile[];
  readonly #calls = new Map<ts.Symbol, ts.CallExpression[]>();

  constructor() {
    const files = (readdirSync(SRC, { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts') && !IS_TEST.test(name))
      .map((name) => join(SRC, name));
    // Symbols are asked for and no types, so that no library is read.
    const options: ts.CompilerOptions = { noLib: true, types: [], module: ts.ModuleKind.ESNext };
    const host = ts.createCompilerHost(options, true);
    host.resolveModuleNameLiterals = (names, from) =>
      names.map(({ text }) => {
        const file = text.startsWith('.') ? resolve(dirname(from), text.replace(/js$/, 'ts')) : '';
        return {
          resolvedModule: files.includes(file)
            ? { resolvedFileName: file, extension: ts.Extension.Ts, isExternalLibraryImport: false }
            : undefined,
        };
      });
    this.#program = ts.createProgram(files, options, host);
    this.#checker = this.#program.getTypeChecker();
    this.#sources = this.#program.getSourceFiles();
    for (const source of this.#sources)
      walk(source, (node) => {
        if (!ts.isCallExpression(node)) return;
        const symbol = this.#symbolOf(node.expression);
        if (symbol === undefined) return;
        const calls = this.#calls.get(symbol);
        if (calls === undefined) this.#calls.set(symbol, [node]);
        else calls.push(node);
      });
  }

  /** The expressions after `try:`. */
  advices(): ts.Expression[] {
    const found: ts.Expression[] = [];
    for (const source of this.#sources)
      walk(source, (node) => {
        if (ts.isPropertyAssignment(node) && CARRIERS.includes(node.name.getText()))
          found.push(node.initializer);
      });
    return found;
  }

  textsOf(expression: ts.Expression, steps = 0): AdviceSite[] {
    const node = inner(expression);
    const next = (each: ts.Expression | undefined): AdviceSite[] =>
      each === undefined ? [] : this.textsOf(each, steps + 1);
    if (steps > FARTHEST) return [unknown(node)];
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
      return [site(node, [node.text])];
    if (ts.isTemplateExpression(node))
      return [site(node, [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)])];
    if (ts.isConditionalExpression(node)) return [...next(node.whenTrue), ...next(node.whenFalse)];
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return next(node.right);
      if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken)
        return [...next(node.left), ...next(node.right)];
      if (kind === ts.SyntaxKind.PlusToken) {
        // A text with more behind it.
        return next(node.left).map((each) => ({
          ...each,
          pattern: new RegExp(`${each.pattern.source.slice(0, -1)}.*$`, 's'),
        }));
      }
    }
    if (ts.isIdentifier(node)) return node.text === 'undefined' ? [] : this.#ofName(node, steps);
    if (ts.isCallExpression(node)) return this.#ofCall(node, steps);
    if (ts.isElementAccessExpression(node)) return this.#ofTable(node.expression, steps) ?? [unknown(node)];
    // The advice of another problem, which has a place of its own.
    if (ts.isPropertyAccessExpression(node) && CARRIERS.includes(node.name.text)) return [];
    return [unknown(node)];
  }

  #ofName(node: ts.Identifier, steps: number): AdviceSite[] {
    const declaration = this.#symbolOf(node)?.declarations?.[0];
    if (declaration === undefined) return [unknown(node)];
    // `const { try: hint } = problem`: the advice of another problem.
    if (
      ts.isBindingElement(declaration) &&
      CARRIERS.includes((declaration.propertyName ?? declaration.name).getText())
    )
      return [];
    if (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined)
      return this.textsOf(declaration.initializer, steps + 1);
    const parameter = ts.isParameter(declaration) ? declaration : undefined;
    const list = parameter?.parent;
    const owner = list && this.#nameOf(list);
    if (owner === undefined) return [unknown(node)];
    const at = list!.parameters.indexOf(parameter!);
    const given = (this.#calls.get(owner) ?? []).flatMap(({ arguments: all }) => (all[at] ? [all[at]] : []));
    const byDefault = parameter!.initializer === undefined ? [] : [parameter!.initializer];
    const texts = [...given, ...byDefault].flatMap((each) => this.textsOf(each, steps + 1));
    return texts.length === 0 ? [unknown(node)] : texts;
  }

  #ofCall(node: ts.CallExpression, steps: number): AdviceSite[] {
    const declaration = this.#symbolOf(node.expression)?.declarations?.[0];
    const work =
      declaration && ts.isVariableDeclaration(declaration) && declaration.initializer
        ? inner(declaration.initializer)
        : declaration;
    if (work === undefined) return [unknown(node)];
    if (ts.isArrowFunction(work) && !ts.isBlock(work.body)) return this.textsOf(work.body, steps + 1);
    const isFunction =
      ts.isFunctionDeclaration(work) || ts.isMethodDeclaration(work) || ts.isArrowFunction(work);
    if (!isFunction || work.body === undefined) return [unknown(node)];
    const returned: ts.Expression[] = [];
    walk(work.body, (each) => {
      if (ts.isReturnStatement(each) && each.expression && ts.findAncestor(each, ts.isFunctionLike) === work)
        returned.push(each.expression);
    });
    return returned.flatMap((each) => this.textsOf(each, steps + 1));
  }

  /** The values of a table that is written down as an object. */
  #ofTable(expression: ts.Expression, steps: number): AdviceSite[] | undefined {
    const declaration = this.#symbolOf(expression)?.declarations?.[0];
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
    const table = declaration.initializer && inner(declaration.initializer);
    if (table === undefined || !ts.isObjectLiteralExpression(table)) return undefined;
    return table.properties.flatMap((each) =>
      ts.isPropertyAssignment(each) ? this.textsOf(each.initializer, steps + 1) : [],
    );
  }

  /** The symbol that a function is called by. */
  #nameOf(owner: ts.Node): ts.Symbol | undefined {
    if (ts.isFunctionDeclaration(owner) && owner.name) return this.#symbolOf(owner.name);
    const { parent } = owner;
    if (parent && ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name))
      return this.#symbolOf(parent.name);
    return ts.isMethodDeclaration(owner) ? this.#symbolOf(owner.name) : undefined;
  }

  #symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol = this.#checker.getSymbolAtLocation(ts.isPropertyAccessExpression(node) ? node.name : node);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Without parentheses and what only types see. */
function inner(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isSatisfiesExpression(node)
    ? inner(node.expression)
    : node;
}

function fileOf(node: ts.Node): string {
  return relative(ROOT, node.getSourceFile().fileName).split(sep).join('/');
}

function site(node: ts.Node, parts: readonly string[]): AdviceSite {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { file: fileOf(node), text: parts.join('…'), pattern: new RegExp(`^${escaped.join('.*')}$`, 's') };
}

function unknown(node: ts.Node): AdviceSite {
  const text = node.getText().replace(/\s+/g, ' ');
  return { file: fileOf(node), text: `\`${text}\``, pattern: /(?!)/ };
}

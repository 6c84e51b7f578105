import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The folders of src/, from the top down: a folder imports only what stands below it, types included, so no two
 * folders need each other, and what must start fast cannot reach tensorflow by a detour.
 */
const ORDER = [
  ...[
    'cli',
    'session',
    'sweep',
    'report',
    'explain',
    'measure',
    'exchange',
    'config',
    'train',
    'tasks',
    'runs',
    'data',
  ],
  ...['models', 'operators', 'layers', 'engine', 'metrics', 'util'],
];

/** The only files that name a package of tf.js. */
const NAMES_TENSORFLOW = ['engine/tf.ts', 'engine/tf-core.ts', 'engine/tf-cpu.ts'];

/** The only file that chooses tf.js's current backend. */
const CHOOSES_BACKEND = 'engine/current-backend.ts';

const NEVER_TENSORFLOW = ['config', 'runs', 'data', 'sweep', 'report', 'metrics', 'util'];

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
  /** `await import(…)`: loaded when the line is reached. */
  readonly isDynamic: boolean;
  readonly line: number;
}
interface SourceFile {
  /** Relative to src/. */
  readonly path: string;
  readonly folder: string;
  readonly imports: readonly Import[];
  readonly prints: readonly number[];
  /** Lines that name tf.js's `setBackend`. */
  readonly choosesBackend: readonly number[];
}

const root = dirname(fileURLToPath(import.meta.url));
const all = sourceFiles(root).map(read);
const files = all.filter(({ path }) => !isForTests(path));
const tests = all.filter(({ path }) => isForTests(path));
const byPath = new Map(files.map((file) => [file.path, file]));

describe('the folders of src/', () => {
  it('are those of the design', () => {
    const unknown = files.filter(({ folder }) => folder !== '' && !ORDER.includes(folder));
    expect(unknown.map(({ path }) => path)).toEqual([]);
  });

  it('stay small: under 25 files each, tests aside', () => {
    const sizes = new Map<string, number>();
    for (const { path } of files) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1);
    expect([...sizes].filter(([, size]) => size >= 25)).toEqual([]);
  });

  it('import only what stands below them', () => {
    const wrong = files.flatMap(({ path, folder, imports }) =>
      imports
        .filter(({ target }) => isOurs(target) && !isAllowed(folder, target))
        .map(({ target, line }) => `${path}:${line} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('have no circle of imports, of types and of what is loaded later included', () => {
    const circles = files.map(({ path }) => circleThrough(path)?.join(' → '));
    expect(circles.filter((circle) => circle !== undefined)).toEqual([]);
  });

  it('choose tf.js’s current backend in one place', () => {
    const wrong = files.flatMap(({ path, choosesBackend }) =>
      path === CHOOSES_BACKEND ? [] : choosesBackend.map((line) => `${path}:${line}`),
    );
    expect(wrong).toEqual([]);
  });

  it('take tf.js from the files of engine/ that hand it on, tests too', () => {
    const wrong = all.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => isTensorflow(target) && !NAMES_TENSORFLOW.includes(path))
        .map(({ target, line }) => `${path}:${line} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('options and metrics are leaves: they import zod, parts of schemas and each other', () => {
    const wrong = files
      .filter(({ path }) => isLeaf(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ target }) => target !== 'zod' && target !== 'util/schema-parts.ts' && !isLeaf(target))
          .filter(({ target, typeOnly }) => !typeOnly && !isDataSet(target))
          .map(({ target, line }) => `${path}:${line} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('declarations of data sets load nothing: what opens a set is imported when it is opened', () => {
    const wrong = files
      .filter(({ path }) => isDataSet(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ typeOnly, isDynamic }) => !typeOnly && !isDynamic)
          .filter(({ target }) => target !== 'data/data-set.ts' && !isDataSet(target))
          .map(({ target, line }) => `${path}:${line} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it.each(NEVER_TENSORFLOW)('%s never loads tensorflow, not even by a detour', (folder) => {
    const starts = files.filter((file) => file.folder === folder).map(({ path }) => path);
    expect(starts.map(wayToTensorflow).filter((way) => way !== undefined)).toEqual([]);
  });

  it('the report never loads it either', () => {
    expect(wayToTensorflow('cli/commands/report.ts')).toBeUndefined();
  });

  it('the command line starts with its own files, small ones, declarations, and commander', () => {
    const loaded = [...loadedBy('cli/main.ts')].filter((target) => !target.startsWith('node:'));
    const others = loaded.filter((target) => !/^(cli|util)\//.test(target) && !isDataSet(target));
    expect(others.sort()).toEqual([
      'commander',
      'config/meant/meant-value.ts',
      'data/data-set.ts',
      'exchange/registry.ts',
      'report/formats/registry.ts',
    ]);
  });

  it('a config is read with zod and yaml, and nothing else that is heavy', () => {
    const loaded = [...loadedBy('session/load-config.ts')];
    const packages = loaded.filter((target) => !isOurs(target) && !target.startsWith('node:'));
    expect(packages.sort()).toEqual(['yaml', 'zod']);
  });

  it('load vega where a chart is drawn, when it is drawn', () => {
    const loading = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ target, typeOnly }) => /^vega(-lite)?$/.test(target) && !typeOnly)
        .map(({ target, isDynamic }) => [path, target, isDynamic]),
    );
    expect(loading).toEqual([
      ['report/figures/draw-figure.ts', 'vega', true],
      ['report/figures/draw-figure.ts', 'vega-lite', true],
    ]);
  });

  it('print only in cli/', () => {
    const wrong = files.flatMap(({ path, folder, prints }) =>
      folder === 'cli' ? [] : prints.map((line) => `${path}:${line}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep metrics pure: no files, no network, no process', () => {
    const wrong = files.flatMap(({ path, folder, imports }) =>
      folder === 'metrics' ? imports.filter(({ target }) => target.startsWith('node:')).map(() => path) : [],
    );
    expect(wrong).toEqual([]);
  });

  it('are read by this test as they are', () => {
    expect(wayToTensorflow('engine/tf.ts')).toMatch(/^engine\/tf\.ts → @tensorflow\//);
    expect(wayToTensorflow('engine/tf-core.ts')).toBeDefined();
    expect(tests.find(({ path }) => path === 'engine/engine.test.ts')?.imports).toContainEqual(
      expect.objectContaining({ target: 'engine/tf.ts' }),
    );
    expect(byPath.get('cli/main.ts')?.prints.length).toBeGreaterThan(0);
    expect(byPath.get(CHOOSES_BACKEND)?.choosesBackend.length).toBeGreaterThan(0);
    expect(byPath.get('config/load.ts')?.imports).toContainEqual(
      expect.objectContaining({ target: 'config/schema.ts', typeOnly: false }),
    );
  });
});

function isAllowed(folder: string, target: string): boolean {
  return ORDER.indexOf(folder) <= ORDER.indexOf(folderOf(target));
}

/** The shortest way by imports from a file back to itself, if there is one. */
function circleThrough(start: string): string[] | undefined {
  const ways = new Map<string, string[]>([[start, [start]]]);
  for (const [path, way] of ways) {
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (target === start) return [...way, start];
      if (isOurs(target) && !ways.has(target)) ways.set(target, [...way, target]);
    }
  }
  return undefined;
}

/** What is loaded as soon as a file is: all that it and those it imports name in their first lines. */
function loadedBy(start: string): Set<string> {
  const loaded = new Set([start]);
  for (const path of loaded) {
    for (const { target, typeOnly, isDynamic } of byPath.get(path)?.imports ?? []) {
      if (!typeOnly && !isDynamic) loaded.add(target);
    }
  }
  return loaded;
}

/** The chain of imports from a file to tensorflow, if there is one. */
function wayToTensorflow(start: string): string | undefined {
  const ways = new Map([[start, start]]);
  for (const [path, way] of ways) {
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (typeOnly) continue;
      if (isTensorflow(target)) return `${way} → ${target}`;
      if (isOurs(target) && !ways.has(target)) ways.set(target, `${way} → ${target}`);
    }
  }
  return undefined;
}

/** What the schema of a config is put together from, and so never loads anything heavy. */
function isLeaf(path: string): boolean {
  return isOptions(path) || /^(metrics\/metric|tasks\/[^/]+\/metrics)\.ts$/.test(path);
}

function isOptions(path: string): boolean {
  return /(^|\/|-)options\.ts$|^train\/(optimizers|schedules)\//.test(path) && !path.startsWith('sweep/');
}

/** A declaration, or the list of them; what opens a set lies in a folder of its name. */
function isDataSet(path: string): boolean {
  return /^data\/sets\/[^/]+$/.test(path);
}

function isOurs(target: string): boolean {
  return byPath.has(target);
}

function isTensorflow(target: string): boolean {
  return target.startsWith('@tensorflow/');
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/** All TypeScript files but the sources of the kernels, which are another language. */
function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'assembly' ? [] : sourceFiles(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

/** Tests, and what only they need. */
function isForTests(path: string): boolean {
  return /(test|testing)\.ts$/.test(path);
}

function read(file: string): SourceFile {
  const path = relative(root, file).split(sep).join('/');
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const prints: number[] = [];
  const choosesBackend: number[] = [];
  const lineOf = (node: ts.Node): number =>
    source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean, isDynamic = false): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const target = specifier.text.startsWith('.')
      ? relative(root, resolve(dirname(file), specifier.text))
          .split(sep)
          .join('/')
          .replace(/\.js$/, '.ts')
      : specifier.text;
    imports.push({ target, typeOnly, isDynamic, line: lineOf(node) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false, true);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true);
    } else if (
      ts.isPropertyAccessExpression(node) &&
      /^(console|process\.(stdout|stderr))$/.test(node.expression.getText(source))
    ) {
      prints.push(lineOf(node));
    } else if (ts.isIdentifier(node) && node.text === 'setBackend') {
      choosesBackend.push(lineOf(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, folder: folderOf(path), imports, prints, choosesBackend };
}

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');

/** Compiles a file of src/ and what it imports into a folder, so that a thread runs it as it does in dist. */
export function compileInto(folder: string, path: string): void {
  compile(folder, join(root, path), new Set());
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const packages = join(folder, 'node_modules');
  if (!existsSync(packages)) symlinkSync(join(root, '../node_modules'), packages);
}

function compile(folder: string, file: string, seen: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  const options = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  const place = join(folder, file.slice(root.length).replace(/\.ts$/, '.js'));
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, outputText);
  for (const [, next] of outputText.matchAll(/from '(\.[^']+)\.js'/g)) {
    compile(folder, fileURLToPath(new URL(`${next}.ts`, pathToFileURL(file))), seen);
  }
}

// Reads what is declared of each routine from its AssemblyScript source, and writes it down as TypeScript.
//
// A routine is an exported function `(tid, items, …)`. The type of an address is its role (see roles.ts), every other
// argument is a number; what else is known stands in tags of the doc comment.
import ts from 'typescript';

const ROLES = { In: 'in', Out: 'out', InOut: 'inout', Scratch: 'scratch' };
const NUMBERS = ['i32', 'f32', 'f64'];
const WRITTEN = ['out', 'inout'];

/** The declarations of all routines of `sources`, by name. */
export function readDeclarations(sources) {
  const declarations = new Map();
  for (const { name: module, text } of sources) {
    const file = ts.createSourceFile(`${module}.ts`, text, ts.ScriptTarget.Latest, true);
    for (const node of file.statements.filter(isRoutine)) {
      const name = node.name.text;
      if (declarations.has(name)) throw new Error(`Two routines are called ${name}.`);
      declarations.set(name, read(node, `${module}.ts, ${name}`));
    }
  }
  for (const [name, { before }] of declarations) {
    if (before === undefined) continue;
    const over = (each) => JSON.stringify(declarations.get(each)?.over);
    if (over(before) !== over(name))
      throw new Error(`${name}: @before ${before} is no routine that may write over the same arguments.`);
  }
  return declarations;
}

/** The text of a TypeScript module that exports the declarations. */
export function renderDeclarations(declarations) {
  const list = (names) => `[${names.map((name) => `'${name}'`).join(', ')}]`;
  const record = (entries) => `{ ${entries.map(([key, text]) => `${key}: ${text}`).join(', ')} }`;
  const one = ({ roles, over, isCheap, before }) => {
    const parts = [['roles', record(Object.entries(roles).map(([name, role]) => [name, `'${role}'`]))]];
    const written = Object.entries(over);
    if (written.length > 0) parts.push(['over', record(written.map(([to, inputs]) => [to, list(inputs)]))]);
    if (isCheap) parts.push(['isCheap', 'true']);
    if (before !== undefined) parts.push(['before', `'${before}'`]);
    return record(parts);
  };
  const rows = [...declarations].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '// Written by assembly/build.mjs from the declarations in the sources of the routines; not to be edited.',
    "import type { RoutineDeclaration } from '../program/routine.js';",
    '',
    'export const DECLARATIONS = {',
    ...rows.map(([name, declaration]) => `  ${name}: ${one(declaration)},`),
    '} as const satisfies Readonly<Record<string, RoutineDeclaration>>;',
    '',
  ].join('\n');
}

// --- internal ---

function isRoutine(node) {
  if (!ts.isFunctionDeclaration(node)) return false;
  const isExported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return isExported === true && /^_?items$/.test(node.parameters[1]?.name.text ?? '');
}

function read(node, where) {
  const fail = (what) => {
    throw new Error(`${where}: ${what}`);
  };
  const [thread, , ...rest] = node.parameters;
  if (!/^_?tid$/.test(thread.name.text)) fail('a routine takes the number of its thread first.');
  const roles = {};
  for (const { name, type } of rest) {
    const text = type?.getText() ?? '';
    const role = NUMBERS.includes(text) ? 'number' : ROLES[text];
    if (role === undefined)
      fail(`the argument ${name.text} is ${text}; an address is ${Object.keys(ROLES).join(', ')}.`);
    roles[name.text] = role;
  }
  const declaration = { roles, over: {}, isCheap: false, before: undefined };
  for (const { tagName, comment } of ts.getJSDocTags(node)) {
    const text = ts.getTextOfJSDocComment(comment) ?? '';
    if (tagName.text === 'over') readOver(text, declaration, fail);
    else if (tagName.text === 'cheap') declaration.isCheap = true;
    else if (tagName.text === 'before') declaration.before = text;
    else fail(`nobody knows what @${tagName.text} is.`);
  }
  const outputs = Object.values(roles).filter((role) => WRITTEN.includes(role));
  if (declaration.isCheap && (outputs.length !== 1 || outputs[0] !== 'out'))
    fail('@cheap is for a routine of one result that reads nothing of what was there.');
  return declaration;
}

function readOver(text, { roles, over }, fail) {
  const [, to, names] =
    /^(\w+): (\w+(?:, \w+)*)$/.exec(text) ?? fail(`@over ${text} is not “result: arguments”.`);
  const inputs = names.split(', ');
  if (!WRITTEN.includes(roles[to])) fail(`@over: ${to} is no result.`);
  for (const name of inputs)
    if (roles[name] !== 'in') fail(`@over: ${name} is no argument that is only read.`);
  if (to in over) fail(`@over: ${to} is declared twice.`);
  over[to] = inputs;
}

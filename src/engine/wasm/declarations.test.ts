import { describe, expect, it } from 'vitest';
import type { RoutineDeclaration } from '../program/routine.js';
import { DECLARATIONS } from './declarations.generated.js';
import { hasRelaxedSimd, loadKernels } from './loader.js';
import { SharedMemory } from './memory.js';

interface Source {
  readonly name: string;
  readonly text: string;
}

/** The part of the build that reads declarations: plain JavaScript. */
const { readDeclarations, renderDeclarations } = (await import(
  new URL('./assembly/declarations.mjs', import.meta.url).href
)) as {
  readDeclarations: (sources: readonly Source[]) => ReadonlyMap<string, RoutineDeclaration>;
  renderDeclarations: (declarations: ReadonlyMap<string, RoutineDeclaration>) => string;
};

const read = (text: string) => readDeclarations([{ name: 'source', text }]);

describe('the declaration of a routine', () => {
  it('has the roles of its arguments, in their order, and the tags', () => {
    const declarations = read(`
      /** No routine: it takes no pieces of work. */
      export function touch(tid: i32, from: usize): void {}
      function inner(tid: i32, items: i32, from: usize): void {}
      /**
       * What it does.
       * @over to: x, y
       * @cheap
       */
      export function mix(_tid: i32, _items: i32, x: In, to: Out, y: In, work: Scratch, n: i32, f: f32): void {}`);
    expect([...declarations.keys()]).toEqual(['mix']);
    expect(declarations.get('mix')).toEqual({
      roles: { x: 'in', to: 'out', y: 'in', work: 'scratch', n: 'number', f: 'number' },
      over: { to: ['x', 'y'] },
      isCheap: true,
      before: undefined,
    });
    expect(renderDeclarations(declarations)).toContain(
      "mix: { roles: { x: 'in', to: 'out', y: 'in', work: 'scratch', n: 'number', f: 'number' }, over: { to: ['x', 'y'] }, isCheap: true },",
    );
  });

  const routine = (tag: string, args: string): string =>
    `/** ${tag} */\nexport function mix(tid: i32, items: i32, ${args}): void {}`;

  it.each([
    ['an address without a role', routine('', 'x: usize'), 'the argument x is usize; an address is In, Out'],
    ['no thread', 'export function mix(n: i32, items: i32): void {}', 'number of its thread first'],
    ['a result that is none', routine('@over x: to', 'x: In, to: Out'), '@over: x is no result'],
    ['an input that is none', routine('@over to: y', 'x: In, to: Out'), '@over: y is no argument'],
    ['a line that nobody understands', routine('@over to x', 'x: In, to: Out'), '@over to x is not'],
    ['a tag that nobody knows', routine('@ofer to: x', 'x: In, to: Out'), 'nobody knows what @ofer is'],
    ['two cheap results', routine('@cheap', 'a: Out, b: Out'), '@cheap is for a routine of one result'],
    ['a second pass that is none', routine('@before none', 'x: In, to: Out'), '@before none is no routine'],
    [
      'the same name twice',
      routine('', 'x: In') + '\n' + routine('', 'x: In'),
      'Two routines are called mix',
    ],
  ])('is refused with %s', (_, text, message) => {
    expect(() => read(text)).toThrowError(message);
  });

  it.each([true, false])(
    'is that of a compiled function of as many arguments (relaxed SIMD: %s)',
    (relaxed) => {
      const abort = (): void => undefined;
      const env = { memory: new SharedMemory().memory, abort };
      const { exports } = new WebAssembly.Instance(loadKernels(relaxed && hasRelaxedSimd()), { env });
      for (const [name, { roles }] of Object.entries(DECLARATIONS))
        expect((exports[name] as () => void).length, name).toBe(2 + Object.keys(roles).length);
    },
  );
});

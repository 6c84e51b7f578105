import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { InvolveError } from '../../util/errors.js';
import { onBackend } from '../current-backend.js';
import { type Tensor, add, getBackend, mul, removeBackend, tensor, variable } from '../tf-core.js';
import type { ProgramSpec } from './program.js';
import { recordOnToy, TOY_BACKEND, ToyBackend } from './toy-engine.testing.js';

const backend = new ToyBackend();
afterAll(() => removeBackend(TOY_BACKEND));

const on = <T>(work: () => T): T => onBackend(TOY_BACKEND, work);
const make = (...values: number[]): Tensor => on(() => tensor(values));
const state = on(() => variable(tensor([1, 2, 3])));
afterEach(() => on(() => state.assign(tensor([1, 2, 3]))));

const inputs = { x: { shape: [3], dtype: 'float32' } } as const;
const specOf = (...phases: ((x: Tensor) => Record<string, Tensor>)[]): ProgramSpec => ({
  batch: 1,
  inputs,
  phases: phases.map(
    (phase) =>
      ({ x }) =>
        phase(x),
  ),
});
/** Two phases: y = x·s + 7, then s ← s·y. */
function step(): ProgramSpec {
  const seven = make(7, 7, 7);
  let y: Tensor;
  return specOf(
    (x) => ({ y: (y = add(mul(x, state), seven)) }),
    () => {
      state.assign(mul(state, y));
      return {};
    },
  );
}
const refusalOf = (spec: ProgramSpec): string => {
  try {
    recordOnToy(backend, spec);
  } catch (error) {
    if (error instanceof InvolveError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'recorded';
};

describe('a third engine, made of what engines share', () => {
  it('records a step with its state and runs it, as eager execution does', async () => {
    const { program } = recordOnToy(backend, step());
    expect([...state.dataSync()]).toEqual([1, 2, 3]);
    expect(await program.run({ x: Float32Array.of(1, 0, -1) })).toEqual({ y: Float32Array.of(8, 7, 4) });
    expect([...state.dataSync()]).toEqual([8, 14, 12]);
    const { y } = await program.run({ x: Float32Array.of(1, 1, 1) });
    expect([...y]).toEqual([15, 21, 19]);
    expect([...state.dataSync()]).toEqual([120, 294, 228]);
  });

  it('writes down what each call reads and writes', () => {
    const { list, plannedBytes } = recordOnToy(backend, step());
    const kinds = list.buffers.map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['constant', 'internal', 'internal', 'internal', 'internal', 'variable']);
    expect(list.calls.map(({ name, operands }) => [name, ...operands.map(({ role }) => role)])).toEqual([
      ['multiply', 'in', 'in', 'out'],
      ['add', 'in', 'in', 'out'],
      ['multiply', 'in', 'in', 'out'],
    ]);
    expect(list.phases.map(({ end, assignments }) => [end, assignments.length])).toEqual([
      [2, 0],
      [3, 1],
    ]);
    // One after the other over the input; the last one over the variable.
    expect(plannedBytes).toBe(12);
  });

  it('leaves another engine in use', () => {
    const before = getBackend();
    recordOnToy(backend, step());
    expect(getBackend()).toBe(before);
  });

  it('gives back what variables share before they are written', () => {
    const shared = on(() => state.clone());
    recordOnToy(backend, step());
    expect(backend.refCount(state.dataId)).toBe(1);
    expect([...shared.dataSync()]).toEqual([1, 2, 3]);
    expect([...state.dataSync()]).toEqual([1, 2, 3]);
  });

  it('refuses values that are looked at, variables that are made, and steps that differ', () => {
    expect(refusalOf(specOf((x) => ({ y: mul(x, tensor([...x.dataSync()])) })))).toBe(
      'E_NOT_REPLAYABLE: the step looks at values',
    );
    expect(refusalOf(specOf((x) => ({ y: variable(mul(x, x)) })))).toBe(
      'E_NOT_REPLAYABLE: the model makes a variable within a step',
    );
    let count = 0;
    const different = 'E_NOT_REPLAYABLE: the step is not the same every time, so it cannot be replayed: ';
    expect(refusalOf(specOf((x) => ({ y: mul(x, tensor(new Array(3).fill(count++))) })))).toBe(
      `${different}a constant has other values (call 0, multiply)`,
    );
    expect(refusalOf(specOf((x) => ({ y: (count++ % 2 ? mul : add)(x, x) })))).toMatch(
      /: call 0, (add, then multiply|multiply, then add)$/,
    );
    expect(refusalOf(specOf((x) => ({ y: count++ % 2 ? mul(x, x) : add(mul(x, x), x) })))).toMatch(
      /: (call 1, add, then nothing|1 calls, then 2)$/,
    );
    expect(refusalOf(specOf((x) => ({ y: count++ % 2 ? x : state })))).toBe(
      `${different}other results or other variables are assigned`,
    );
    expect(backend.recorder).toBeUndefined();
    expect([...state.dataSync()]).toEqual([1, 2, 3]);
  });
});

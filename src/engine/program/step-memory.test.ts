import type { Variable } from '../tf-core.js';
import { describe, expect, it } from 'vitest';
import type { CallList, Operand, ProgramBuffer, ProgramCall } from './calls.js';
import { executionOrder, mostBytesAlive } from './step-memory.js';

/** A call with one result. */
interface Node {
  readonly name: string;
  readonly buffer: (number: (node: Node) => number) => ProgramBuffer;
  readonly inputs: readonly Node[];
}

/** A call with one output of so many floats. */
function node(name: string, floats: number, ...inputs: readonly Node[]): Node {
  return { name, inputs, buffer: () => ({ kind: 'internal', bytes: 4 * floats }) };
}

/** A call that puts out its input under another shape. */
function view(name: string, floats: number, input: Node): Node {
  const buffer: Node['buffer'] = (numberOf) => ({
    kind: 'internal',
    bytes: 4 * floats,
    within: numberOf(input),
  });
  return { name, inputs: [input], buffer };
}

function variable(): Node {
  return {
    name: 'variable',
    inputs: [],
    buffer: () => ({ kind: 'variable', bytes: 4000, variable: {} as Variable }),
  };
}

/** The calls of these nodes; what they take that is not among them was there before. */
function listOf(nodes: readonly Node[], kept: readonly Node[] = []): CallList {
  const buffers: ProgramBuffer[] = [];
  const numbers = new Map<Node, number>();
  const numberOf = (made: Node): number => {
    let number = numbers.get(made);
    if (number === undefined) {
      for (const input of made.inputs) numberOf(input);
      number = buffers.push(made.buffer(numberOf)) - 1;
      numbers.set(made, number);
    }
    return number;
  };
  const operand = (of: Node, role: 'in' | 'out'): Operand => ({ buffer: numberOf(of), offset: 0, role });
  const calls = nodes.map((each): ProgramCall => {
    const operands = [...each.inputs.map((input) => operand(input, 'in')), operand(each, 'out')];
    return { name: each.name, operands };
  });
  const outputs = kept.map(numberOf);
  return { buffers, calls, inputs: [], phases: [{ end: calls.length, outputs, assignments: [] }] };
}

const most = (nodes: readonly Node[], ...kept: readonly Node[]): number =>
  mostBytesAlive(listOf(nodes, kept)) / 4;

describe('the most bytes alive', () => {
  it('are those of inputs and outputs of the largest node in a chain', () => {
    const a = node('Relu', 10);
    const b = node('Relu', 30, a);
    const c = node('Relu', 20, b);
    expect(most([a, b, c, node('Relu', 1, c)])).toBe(50);
  });

  it('count what is used later, and what is kept to the end', () => {
    const a = node('Relu', 10);
    const b = node('Relu', 30, a);
    const c = node('Relu', 20, b);
    const d = node('Add', 1, c, a);
    expect(most([a, b, c, d])).toBe(60);
    expect(most([a, b, c, d], b)).toBe(61);
  });

  it('count shared memory once, from its first use to its last by any name', () => {
    const a = node('Relu', 10);
    const b = view('Reshape', 10, a);
    const c = node('Relu', 5, a);
    const d = node('Relu', 7, c);
    expect(most([a, b, c, d, node('Add', 10, b, d)])).toBe(10 + 7 + 10);
    expect(most([a, b, c, d], b)).toBe(10 + 5 + 7);
  });

  it('leave out variables, and take the size from a view where nothing before knew it', () => {
    const read = view('ReadVariableOp', 1000, variable());
    const custom = node('InvolveInvolution', 0, read);
    const known = view('EnsureShape', 8, custom);
    expect(most([read, custom, known, node('Relu', 8, known)])).toBe(16);
  });
});

describe('the order of execution', () => {
  it('takes first what was ready first', () => {
    const a = node('a', 1);
    const b = node('b', 1);
    const afterA = node('afterA', 1, a);
    const both = node('both', 1, afterA, b);
    const last = node('last', 1, b);
    const order = executionOrder(listOf([a, afterA, b, both, last]).calls);
    expect(order.map(({ name }) => name)).toEqual(['a', 'b', 'afterA', 'last', 'both']);
  });

  it('needs the memory of all parts at once where they were recorded one after the other', () => {
    const x = node('x', 1);
    const cuts = Array.from({ length: 7 }, () => node('Slice', 100, x));
    const products = cuts.map((cut) => node('Mul', 100, cut));
    const sums = products.map((product) => node('Sum', 1, product));
    const parts = cuts.flatMap((cut, i) => [cut, products[i], sums[i]]);
    const nodes = [x, ...parts, node('AddN', 1, ...sums)];
    // All sums but one, and a part of it; x is gone with the last cut.
    expect(most(nodes)).toBe(6 + 200);
    const list = listOf(nodes);
    expect(mostBytesAlive({ ...list, calls: executionOrder(list.calls) }) / 4).toBe(700 + 100);
  });
});

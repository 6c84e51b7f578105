import { describe, expect, it } from 'vitest';
import { TF } from './data-types.js';
import type { NodeOutput } from './graph.js';
import { executionOrder, mostBytesAlive, type RecordedNode } from './step-memory.js';

let made = 0;
/** A node with one output of so many floats. */
function node(op: string, floats: number, ...inputs: readonly RecordedNode[]): RecordedNode {
  made += 1;
  const output: NodeOutput = { oper: made, index: 0, shape: [floats], type: TF.float };
  return { op, inputs: inputs.map(({ outputs }) => outputs[0]), outputs: [output] };
}

const most = (nodes: readonly RecordedNode[], ...kept: readonly RecordedNode[]): number =>
  mostBytesAlive(
    nodes,
    kept.map(({ outputs }) => outputs[0]),
  ) / 4;

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
    const b = node('Reshape', 10, a);
    const c = node('Relu', 5, a);
    const d = node('Relu', 7, c);
    expect(most([a, b, c, d, node('Add', 10, b, d)])).toBe(10 + 7 + 10);
    expect(most([a, b, c, d], b)).toBe(10 + 5 + 7);
  });

  it('leave out variables, and take the size from EnsureShape where nothing before knew it', () => {
    const read = node('ReadVariableOp', 1000, node('VarHandleOp', 0));
    const custom = node('InvolveInvolution', -1, read);
    const known = node('EnsureShape', 8, custom);
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
    const order = executionOrder([a, afterA, b, both, last]);
    expect(order.map(({ op }) => op)).toEqual(['a', 'b', 'afterA', 'last', 'both']);
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
    expect(most(executionOrder(nodes))).toBe(700 + 100);
  });
});

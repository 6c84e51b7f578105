import { describe, expect, it } from 'vitest';
import { foldNorms } from './fold-norms.js';
import type { OnnxConstant, OnnxGraph, OnnxNode } from './graph.js';
import { mergeBatches } from './merge-batches.js';
import { tidyGraph } from './tidy.js';

const node = (op: string, inputs: string[], output: string): OnnxNode => ({
  op,
  name: output,
  inputs,
  outputs: [output],
  attributes: {},
});
const floats = (dims: number[], ...values: number[]): OnnxConstant => ({
  dims,
  data: Float32Array.from(values),
});
const ints = (...values: number[]): OnnxConstant => ({
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});
const graph = (nodes: OnnxNode[], constants: Record<string, OnnxConstant>): OnnxGraph => ({
  nodes,
  constants: new Map(Object.entries(constants)),
});

describe('batch norms in convolutions', () => {
  const constants = {
    kernel: floats([2, 1, 1, 1], 3, 5),
    bias: floats([2], 1, -1),
    slope: floats([1, 2, 1, 1], 2, 10),
    shift: floats([1, 2, 1, 1], 0.5, 0.25),
  };
  const conv = node('Conv', ['images', 'kernel', 'bias'], 'c');
  const norm = [node('Mul', ['c', 'slope'], 'm'), node('Add', ['m', 'shift'], 'a')];

  it('are folded: s·(W∗x + b) + t', () => {
    const { nodes, constants: folded } = foldNorms(graph([conv, ...norm], constants));
    expect(nodes).toHaveLength(1);
    const [{ op, inputs, outputs }] = nodes;
    expect([op, outputs]).toEqual(['Conv', ['a']]);
    expect([...folded.get(inputs[1])!.data]).toEqual([6, 50]);
    expect([...folded.get(inputs[2])!.data]).toEqual([2.5, -9.75]);
    expect([...constants.kernel.data]).toEqual([3, 5]);
  });

  it('stay where somebody else sees what comes between, or nothing of the kind comes before', () => {
    const seen = [conv, ...norm, node('Relu', ['c'], 'r')];
    expect(foldNorms(graph(seen, constants)).nodes).toEqual(seen);
    const between = [conv, norm[0], node('Relu', ['m'], 'r'), norm[1]];
    expect(foldNorms(graph(between, constants)).nodes).toEqual(between);
    const pooled = [node('MaxPool', ['images'], 'c'), ...norm];
    expect(foldNorms(graph(pooled, constants)).nodes).toEqual(pooled);
  });

  it('stay where the slope is of places and not of channels', () => {
    const places = { ...constants, slope: floats([1, 1, 2, 1], 2, 10) };
    const nodes = [conv, ...norm];
    expect(foldNorms(graph(nodes, places)).nodes).toEqual(nodes);
  });
});

describe('two traces become one graph', () => {
  const reshape = [node('Reshape', ['x', 'shape'], 'y')];

  it('with −1 where a shape is of the batch', () => {
    const one = graph(reshape, { shape: ints(12, 2, 1) });
    const two = graph(reshape, { shape: ints(24, 2, 1) });
    expect([...mergeBatches(one, two).constants.get('shape')!.data]).toEqual([-1n, 2n, 1n]);
  });

  it('with values repeated for each image, along the axis that grows', () => {
    const add = [node('Add', ['x', 'v'], 'y')];
    const one = graph(add, { v: floats([2, 2, 1], 1, 2, 3, 4) });
    const two = graph(add, { v: floats([2, 4, 1], 1, 2, 1, 2, 3, 4, 3, 4) });
    const merged = mergeBatches(one, two);
    expect(merged.nodes.map(({ op }) => op)).toEqual(['Shape', 'Concat', 'Tile', 'Add']);
    expect([...merged.constants.get('v/before')!.data]).toEqual([1n]);
    expect([...merged.constants.get('v/after')!.data]).toEqual([1n]);
  });

  it('and not where they are two networks, or values are not those of an image again', () => {
    const add = [node('Add', ['x', 'v'], 'y')];
    const one = graph(add, { v: floats([1, 2], 1, 2) });
    expect(() => mergeBatches(one, graph(reshape, one.constants as never))).toThrow('another batch');
    expect(() => mergeBatches(one, graph(add, { v: floats([2, 2], 1, 2, 1, 3) }))).toThrow(
      'depend on the batch',
    );
    expect(() => mergeBatches(one, graph(add, { v: floats([1, 2], 1, 3) }))).toThrow('depend on the batch');
    const slice = [node('Slice', ['x', 'begin', 'end'], 'y')];
    const upTo = (end: number) => graph(slice, { begin: ints(0), end: ints(end) });
    expect(() => mergeBatches(upTo(1), upTo(2))).toThrow('depend on the batch');
    const shaped = (...shape: number[]) => graph(reshape, { shape: ints(...shape) });
    expect(() => mergeBatches(shaped(1, 1), shaped(2, 2))).toThrow('two lengths are of the batch');
    expect(() => mergeBatches(shaped(1), shaped(3))).toThrow('a length of 1 is 3');
  });
});

describe('what nobody reads', () => {
  it('is left out, and equal values are there once', () => {
    const nodes = [
      node('Add', ['images', 'a'], 'x'),
      node('Add', ['images', 'c'], 'unread'),
      node('Add', ['x', 'b'], 'logits'),
    ];
    const constants = { a: floats([1], 7), b: floats([1], 7), c: floats([1], 8), d: ints(7) };
    const tidy = tidyGraph(graph(nodes, constants));
    expect(tidy.nodes.map(({ inputs }) => inputs)).toEqual([
      ['images', 'a'],
      ['x', 'a'],
    ]);
    expect([...tidy.constants.keys()]).toEqual(['a']);
  });
});

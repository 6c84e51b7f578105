import { expect, it } from 'vitest';
import { TF } from '../c-api/data-types.js';
import type { EagerExecutor } from '../eager.js';
import type { Graph, NodeOutput, NodeSpec } from './graph.js';
import { GraphRecorder, type VariablePlaces } from './recorder.js';

/** The constants of the graphs below, by name. */
const constants: string[] = [];

/** A graph whose nodes put out `shapes`, one a node, in turn. */
function recorderOf(...shapes: readonly (readonly number[])[]): GraphRecorder {
  let made = 0;
  const add = (_: NodeSpec): { address: number; outputs: NodeOutput[] } => {
    const shape = shapes[made++];
    return { address: made, outputs: [{ oper: made, index: 0, shape, type: TF.float }] };
  };
  const places: VariablePlaces = {
    variableOf: () => undefined,
    handleOf: () => {
      throw new Error('There are no variables.');
    },
  };
  const constant = (name: string, shape: readonly number[], type: number) => {
    constants.push(name);
    return {
      address: 100 + constants.length,
      outputs: [{ oper: 100 + constants.length, index: 0, shape, type }],
    };
  };
  return new GraphRecorder({ add, constant } as unknown as Graph, 'test', {} as EagerExecutor, places);
}

it('writes operations down as calls: what they read and make, and what shares memory', () => {
  const recorder = recorderOf([2, 3], [2, -1], [2, 3], [6], [6]);
  const x = recorder.placeholder('x', [2, 3], TF.float);
  const custom = recorder.add('InvolveInvolution', [], [x.output]).outputs[0];
  const known = recorder.add('EnsureShape', [], [custom]).outputs[0];
  const flat = recorder.add('Reshape', [], [known]).outputs[0];
  recorder.add('Mul', [], [flat, flat]);
  expect(recorder.buffers).toEqual([
    { kind: 'internal', bytes: 24 },
    { kind: 'internal', bytes: 0 },
    { kind: 'internal', bytes: 24, within: 1 },
    { kind: 'internal', bytes: 24, within: 2 },
    { kind: 'internal', bytes: 24 },
  ]);
  const named = recorder.calls.map(({ name, operands }) => [
    name,
    ...operands.map(({ role, buffer }) => `${role} ${buffer}`),
  ]);
  expect(named).toEqual([
    ['InvolveInvolution', 'in 0', 'out 1'],
    ['EnsureShape', 'in 1', 'out 2'],
    ['Reshape', 'in 2', 'out 3'],
    ['Mul', 'in 3', 'in 3', 'out 4'],
  ]);
  expect(recorder.calls.map(({ text }) => text).at(-1)).toBe('Mul(Reshape_2:0, Reshape_2:0)');
});

it('has a constant once, of equal shape, type and values', () => {
  constants.length = 0;
  const recorder = recorderOf();
  const half = recorder.constant([2], TF.float, Float32Array.of(0.5, 0.5));
  expect(recorder.constant([2], TF.float, Float32Array.of(0.5, 0.5))).toBe(half);
  const others = [
    recorder.constant([2], TF.float, Float32Array.of(0.5, 0.25)),
    recorder.constant([1, 2], TF.float, Float32Array.of(0.5, 0.5)),
  ];
  expect(new Set([half, ...others]).size).toBe(3);
  expect(constants).toEqual(['test/constant_0', 'test/constant_1', 'test/constant_2']);
  expect(recorder.buffers.map(({ kind, bytes }) => [kind, bytes])).toEqual(Array(3).fill(['constant', 8]));
});

import { describe, expect, it } from 'vitest';
import { publishedRows, variantRows } from '../../operators/slot-sweeps.js';
import { designFrom, type ModelInput } from '../../models/testing.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { onnxGraph } from './format.js';
import { asTrained } from './testing.js';

const ROWS = [...publishedRows(), ...variantRows()].map(({ name, set }) => [name, set] as const);

/** Operators of opset 17 that have been there since an opset long before; no other is used. */
const STANDARD = new Set([
  ...[
    'Abs',
    'Add',
    'AveragePool',
    'Cast',
    'Concat',
    'Conv',
    'Div',
    'Elu',
    'GlobalAveragePool',
    'Identity',
    'MatMul',
  ],
  ...[
    'MaxPool',
    'Mul',
    'Neg',
    'Pad',
    'Reciprocal',
    'ReduceSum',
    'Relu',
    'Reshape',
    'Resize',
    'Shape',
    'Sigmoid',
  ],
  ...['Slice', 'Softmax', 'Split', 'Sqrt', 'Sub', 'Tanh', 'Tile', 'Transpose', 'Unsqueeze'],
]);

it('filters that whiten, which no training changes, are in the file as they are', () => {
  const design = (): Blueprint =>
    designFrom({ family: 'airbench', whitening: true, widths: [8, 12, 16] }, 32);
  const trained = asTrained(design, { withStatistics: false });
  const kernel = trained.weights.get('stem/conv/kernel')!;
  const { nodes, constants } = onnxGraph(trained);
  const stem = nodes.find(({ name }) => name === 'stem/conv/Conv')!;
  const stored = constants.get(stem.inputs[1])!;
  const [height, width, from, to] = kernel.shape;
  expect(stored.dims).toEqual([to, from, height, width]);
  expect(Number(stored.data[1])).toBe(kernel.data[from * to]);
  expect(Number(stored.data[stored.data.length - 1])).toBe(kernel.data.at(-1));
});

describe('every operator, as published and with each of its own choices, is of standard operators', () => {
  it.each(ROWS)('%s', (_, set) => {
    const model = { family: 'resnet', blocks: [1, 1, 1, 1], width: 16, stem: 'cifar' } as Record<
      string,
      unknown
    >;
    for (const [path, value] of Object.entries(set)) model[path.slice('model.'.length)] = value;
    const { nodes, constants } = onnxGraph(
      asTrained(() => designFrom(model as ModelInput, 32), { withStatistics: false }),
    );
    expect(nodes.filter(({ op }) => !STANDARD.has(op))).toEqual([]);
    const known = new Set(['', 'images', ...constants.keys()]);
    for (const { name, inputs, outputs } of nodes) {
      for (const input of inputs) expect(known, `an input of ${name}`).toContain(input);
      for (const output of outputs) known.add(output);
    }
    expect(known).toContain('probabilities');
    expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
  });
});

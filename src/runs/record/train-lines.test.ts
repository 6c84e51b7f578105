import { expect, it } from 'vitest';
import { readTrainLine, trainLine } from './train-lines.js';

it('a line is read as it was written', () => {
  const plateau = { epoch: 3, reductions: 1, learningRate: 0.1 };
  expect(readTrainLine(trainLine('plateau', plateau))).toEqual({ type: 'plateau', ...plateau });
  expect(readTrainLine(trainLine('interrupted', { run: 'runs/a' }))).toEqual({
    ...{ type: 'interrupted', run: 'runs/a' },
  });
});

it.each([
  { type: 'step', epoch: 1, step: 2, batch: 3, learningRate: 0.1 },
  { type: 'plateau', epoch: 1, reductions: 2 },
  { type: 'checkpoint', name: 'best' },
  { type: 'checkpoint', name: 'worst', step: 1 },
  { type: 'divergence' },
  { type: 'interrupted' },
  { type: 'end', run: 'runs/a' },
  { type: 'epoch' },
  { type: 'teatime' },
  { type: 'toString' },
  {},
])('%j is none', (line) => {
  expect(readTrainLine(JSON.stringify(line))).toBeUndefined();
});

it.each(['', 'null', '[', '7', '"step"'])('%j is none', (text) => {
  expect(readTrainLine(text)).toBeUndefined();
});

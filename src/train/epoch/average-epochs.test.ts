import { expect, it } from 'vitest';
import type { StateTensor } from '../state.js';
import { averageEpochs } from './average-epochs.js';

const tensor = (...data: number[]): StateTensor => ({ shape: [data.length], data: Float32Array.from(data) });

async function average(...states: Record<string, StateTensor>[]) {
  async function* all() {
    for (const state of states) yield { tensors: new Map(Object.entries(state)) };
  }
  const tensors = await averageEpochs(all());
  return tensors && Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]));
}

it('is the mean of weights and statistics, and leaves what the optimizer remembers', async () => {
  const mean = await average(
    { 'a/kernel': tensor(1, 2), 'b/moving_mean': tensor(4), 'optimizer/a/kernel/velocity': tensor(1, 1) },
    { 'a/kernel': tensor(3, -4), 'b/moving_mean': tensor(5), 'optimizer/a/kernel/velocity': tensor(1, 1) },
  );
  expect(mean).toEqual({ 'a/kernel': [2, -1], 'b/moving_mean': [4.5] });
});

it('is that of the moving averages, where an epoch was judged by them', async () => {
  const mean = await average(
    { 'a/kernel': tensor(1), 'ema/a/kernel': tensor(10) },
    { 'a/kernel': tensor(1), 'ema/a/kernel': tensor(20) },
  );
  expect(mean).toEqual({ 'a/kernel': [15] });
});

it('is added up in 64 bits: of equal weights it is these weights, bit for bit', async () => {
  const weights = tensor(0.1, 1 / 3, 1e-30, -7.7e20);
  expect(await average(...Array.from({ length: 7 }, () => ({ w: weights })))).toEqual({
    w: [...weights.data],
  });
  expect(await average()).toBeUndefined();
});

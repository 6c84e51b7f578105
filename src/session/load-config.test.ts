import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SHIPPED_ROOT } from '../config/testing.js';
import { refusalOf } from '../util/refusal.testing.js';
import { loadConfig, overridesOf, type ConfigFlags } from './load-config.js';

it('flags come after --set, so that they count', () => {
  const flags = { set: ['engine.name=wasm', 'train.epochs=3'], engine: 'reference', threads: 2, input: 96 };
  expect(overridesOf(flags)).toEqual([
    'engine.name=wasm',
    'train.epochs=3',
    { text: 'engine.name=reference', flag: '--engine reference' },
    { text: 'engine.threads=2', flag: '--threads 2' },
    { text: 'data.inputSize=96', flag: '--input 96' },
  ]);
  const { engine, train, data } = loadConfig('exp3.json', { ...flags, device: 'cpu', seed: 7 }, SHIPPED_ROOT);
  expect(engine).toMatchObject({ name: 'reference', device: 'cpu', threads: 2 });
  expect([train.epochs, train.seed, data.inputSize]).toEqual([3, 7, 96]);
});

it('what is wrong with a flag is said of the flag that was typed', () => {
  const wheres = (flags: ConfigFlags): unknown =>
    refusalOf(() => loadConfig('exp3.json', flags, SHIPPED_ROOT)).problems.map(({ where }) => where);
  expect(wheres({ input: 2048 })).toEqual(['--input 2048']);
  expect(wheres({ set: ['train.batchSize=4'], workers: 5 })).toEqual(['--workers 5']);
  expect(wheres({ set: ['data.inputSize=2048'] })).toEqual(['--set data.inputSize=2048']);
});

it('without flags a config is as it is written', () => {
  const { engine, train } = loadConfig(join(SHIPPED_ROOT, 'exp3.json'), {}, '/');
  expect([engine.name, train.seed]).toEqual(['auto', 0]);
});

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SHIPPED_ROOT } from '../config/testing.js';
import { loadConfig, overridesOf } from './load-config.js';

it('flags come after --set, so that they count', () => {
  const flags = { set: ['engine.name=wasm', 'train.epochs=3'], engine: 'reference', threads: 2, input: 96 };
  expect(overridesOf(flags)).toEqual([
    'engine.name=wasm',
    'train.epochs=3',
    'engine.name=reference',
    'engine.threads=2',
    'data.inputSize=96',
  ]);
  const { engine, train, data } = loadConfig('exp3.json', { ...flags, device: 'cpu', seed: 7 }, SHIPPED_ROOT);
  expect(engine).toMatchObject({ name: 'reference', device: 'cpu', threads: 2 });
  expect([train.epochs, train.seed, data.inputSize]).toEqual([3, 7, 96]);
});

it('without flags a config is as it is written', () => {
  const { engine, train } = loadConfig(join(SHIPPED_ROOT, 'exp3.json'), {}, '/');
  expect([engine.name, train.seed]).toEqual(['auto', 0]);
});

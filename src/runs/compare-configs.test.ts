import { describe, expect, it } from 'vitest';
import { changesResult, compareConfigs, resumeConfigError } from './compare-configs.js';

const before = {
  name: 'exp3',
  train: { epochs: 100, optimizer: { name: 'adamw', learningRate: 0.001 }, clipNorm: null },
  model: { removeStages: [7, 8], schedule: { at: [{ epochs: 3 }] } },
};

describe('compareConfigs', () => {
  it('finds nothing in equal configs, whatever the order of their keys', () => {
    expect(compareConfigs(before, structuredClone(before))).toEqual([]);
    expect(compareConfigs({ a: 1, b: { c: 2, d: [0] } }, { b: { d: [0], c: 2 }, a: 1 })).toEqual([]);
    expect(compareConfigs(NaN, NaN)).toEqual([]);
    expect(compareConfigs({ a: -0 }, { a: 0 })).toEqual([]);
  });

  it('lists each difference by its path; a list is one value', () => {
    const after = {
      name: 'exp3',
      train: { epochs: 200, optimizer: { name: 'sgd', learningRate: 0.001, momentum: 0.9 }, clipNorm: 1 },
      model: { removeStages: [7], schedule: { at: [{ epochs: 4 }] } },
      log: { every: 1 },
    };
    expect(compareConfigs(before, after)).toEqual([
      { path: 'train.epochs', before: 100, after: 200 },
      { path: 'train.optimizer.name', before: 'adamw', after: 'sgd' },
      { path: 'train.optimizer.momentum', before: undefined, after: 0.9 },
      { path: 'train.clipNorm', before: null, after: 1 },
      { path: 'model.removeStages', before: [7, 8], after: [7] },
      { path: 'model.schedule.at', before: [{ epochs: 3 }], after: [{ epochs: 4 }] },
      { path: 'log', before: undefined, after: { every: 1 } },
    ]);
  });

  it('tells null, absent and an empty object apart', () => {
    expect(compareConfigs({ a: null }, { a: {} })).toEqual([{ path: 'a', before: null, after: {} }]);
    expect(compareConfigs({}, { a: null })).toEqual([{ path: 'a', before: undefined, after: null }]);
    expect(compareConfigs([1], { 0: 1 })).toEqual([{ path: '', before: [1], after: { 0: 1 } }]);
  });
});

describe('changesResult', () => {
  it.each([
    ...['engine.name', 'engine.threads', 'engine.mode', 'log.every', 'log.tensorboard.x'],
    ...['data.dir', 'data.cache', 'data.workers', 'description', 'source', 'source.claim.accuracy'],
  ])('%s may change while a run is stopped', (path) => {
    expect(changesResult(path)).toBe(false);
  });

  it.each([
    ...['name', 'train.seed', 'train.epochs', 'data.name', 'data.splitSeed', 'data.limit.train'],
    ...['model.family', 'augment.flip', 'checkpoint.best', 'data.resize', 'data.directory', 'data.dir.x'],
    ...[
      'model.engine.name',
      'train.log.every',
      'sources',
      'x.source',
      'descriptions',
      'x.description',
      'engine',
      'x.data.dir',
    ],
  ])('%s may not', (path) => {
    expect(changesResult(path)).toBe(true);
  });
});

describe('resumeConfigError', () => {
  it('says each difference, and once what to do', () => {
    const differences = compareConfigs({ a: 1, b: { c: [1] } }, { a: 'x', b: {} });
    expect(resumeConfigError('runs/exp3/seed-0', differences)).toMatchObject({
      code: 'E_RESUME_CONFIG',
      exitCode: 2,
      problems: [
        { what: 'a is "x", but the run was started with 1', where: 'runs/exp3/seed-0', try: undefined },
        {
          what: 'b.c is absent, but the run was started with [1]',
          where: 'runs/exp3/seed-0',
          try: 'resume with the config of the run, or start another run by --out',
        },
      ],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { configForSweep, isOfSweep, sweepForConfig } from './file-kind.js';
import { fromPlain, type Located } from './located.js';

const file = (content: unknown): Located => fromPlain(content, { file: 'a b.yaml', line: 1 });

const BASE = file({ base: 'exp3.json', grid: {} });
const CONFIGS = file({ configs: ['exp3.json'] });
const CONFIG = file({ name: 'a', model: {} });
const NEITHER = file({ name: 'a' });

it('a sweep names the configs that its jobs change', () => {
  expect([BASE, CONFIGS].map(isOfSweep)).toEqual([true, true]);
  expect([CONFIG, NEITHER, file([]), file('base')].map(isOfSweep)).toEqual([false, false, false, false]);
});

describe('a sweep in the place of a config', () => {
  const problems = (node: Located) => sweepForConfig(node, 'a b.yaml')?.problems;

  it('is told how it is run, and of its base', () => {
    expect(sweepForConfig(BASE, 'a b.yaml')?.code).toBe('E_CONFIG_INVALID');
    expect(problems(BASE)).toEqual([
      {
        what: 'a b.yaml is a sweep, not a config',
        where: 'a b.yaml',
        try: "involve sweep 'a b.yaml', or a config, such as its base: exp3.json",
      },
    ]);
    const baseOf = (label: string, base: string): string | undefined =>
      /its base: (.*)$/.exec(sweepForConfig(file({ base }), label)!.problems[0].try!)?.[1];
    expect(baseOf('configs/sweeps/a.yaml', '../exp3.json')).toBe('configs/exp3.json');
    expect(baseOf('sweeps/a.yaml', 'my base.json')).toBe("'sweeps/my base.json'");
    expect(baseOf('sweeps/a.yaml', '/data/a.json')).toBe('/data/a.json');
    for (const node of [CONFIGS, file({ base: 3 })])
      expect(problems(node)?.map((problem) => problem.try)).toEqual(["involve sweep 'a b.yaml'"]);
  });

  it('is nothing that has keys of a config, or none of a sweep', () => {
    for (const key of ['model', 'train', 'data', 'extends'])
      expect(problems(file({ base: 'exp3.json', [key]: {} })), key).toBeUndefined();
    for (const node of [CONFIG, NEITHER, file([])]) expect(problems(node)).toBeUndefined();
  });
});

describe('a config in the place of a sweep', () => {
  const problems = (node: Located) => configForSweep(node, 'a b.yaml')?.problems;

  it('is told how it is trained', () => {
    expect(configForSweep(CONFIG, 'a b.yaml')?.code).toBe('E_SWEEP_INVALID');
    for (const key of ['model', 'train', 'data', 'extends'])
      expect(problems(file({ [key]: {} })), key).toEqual([
        {
          what: 'a b.yaml is a config, not a sweep',
          where: 'a b.yaml',
          try: "involve train 'a b.yaml', or write a sweep that says base: a b.yaml",
        },
      ]);
  });

  it('is nothing that names configs, or has no key of one', () => {
    for (const node of [BASE, CONFIGS, NEITHER, file([]), file({ base: 'a.json', model: {} })])
      expect(problems(node)).toBeUndefined();
  });
});

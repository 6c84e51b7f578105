import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment, resolvedYaml } from '../config/load.js';
import { fingerprintOf, planSweep } from './plan.js';
import { InvolveError, SHOWN_PROBLEMS } from '../util/errors.js';
import { SweepFolder } from './testing.js';

let folder: SweepFolder;
beforeAll(() => {
  folder = new SweepFolder();
  folder.write('other.json', { extends: './base.json', train: { batchSize: 16 } });
});
afterAll(() => folder.remove());

const names = (sweep: object): string[] => folder.plan({ name: 's', ...sweep }).jobs.map(({ id }) => id);

describe('the jobs of a sweep', () => {
  it('are configs × grid × zip × list × seeds, all of the first seed first', () => {
    const plan = folder.plan({
      name: 's',
      configs: ['base.json', 'other.json'],
      set: { 'train.epochs': 7 },
      grid: { 'train.ema': [0.9, null] },
      zip: { 'data.inputSize': [32, 64], 'train.labelSmoothing': [0, 0.1] },
      list: [
        { name: 'b0', set: {} },
        { name: 'b1', set: { 'model.variant': 'b1', 'train.epochs': 9 } },
      ],
      seeds: [3, 5],
    });
    expect(plan.jobs).toHaveLength(32);
    expect(plan.jobs.slice(0, 16).map(({ seed }) => seed)).toEqual(Array(16).fill(3));
    expect(plan.jobs[0].id).toBe('base-ema-0.9-inputSize-32-labelSmoothing-0-b0/seed-3');
    const last = plan.jobs.at(-1)!;
    expect(last.id).toBe('other-ema-none-inputSize-64-labelSmoothing-0.1-b1/seed-5');
    expect(last.dir).toBe(join(folder.path, 'runs/s', last.id));
    expect(last.experiment).toMatchObject({
      name: 'other-ema-none-inputSize-64-labelSmoothing-0.1-b1',
      data: { inputSize: 64 },
      model: { variant: 'b1' },
      train: { seed: 5, epochs: 9, ema: null, batchSize: 16, labelSmoothing: 0.1 },
    });
    expect(last.changes).toEqual({
      'train.ema': null,
      'data.inputSize': 64,
      'train.labelSmoothing': 0.1,
      'model.variant': 'b1',
      'train.epochs': 9,
    });
  });

  it('are named by what they change, shortly', () => {
    expect(names({ base: 'base.json' })).toEqual(['base/seed-0']);
    expect(names({ configs: ['other.json'], seeds: [0] })).toEqual(['other/seed-0']);
    const alpha = { 'model.attention': [{ type: 'none' }, { type: 'involution', groups: 2 }] };
    expect(names({ base: 'base.json', grid: alpha })).toEqual([
      'attention-none/seed-0',
      'attention-involution-2/seed-0',
    ]);
    expect(names({ base: 'base.json', grid: { 'model.removeStages': [[], [7, 8]] } })).toEqual([
      'removeStages-none/seed-0',
      'removeStages-7-8/seed-0',
    ]);
    const two = { 'train.optimizer.name': ['sgd'], 'train.schedule.name': ['cosine'] };
    expect(names({ base: 'base.json', grid: two })).toEqual([
      'optimizer-name-sgd-schedule-name-cosine/seed-0',
    ]);
  });

  it('take the seed of the config where the sweep has none', () => {
    folder.write('seeded.json', { extends: './base.json', train: { seed: 11 } });
    expect(names({ configs: ['base.json', 'seeded.json'] })).toEqual(['base/seed-0', 'seeded/seed-11']);
  });

  it('have names of their own, each combination once, that stay when values are added', () => {
    const values = fc.uniqueArray(
      fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      {
        minLength: 1,
        maxLength: 5,
        selector: (value) => JSON.stringify(value),
      },
    );
    fc.assert(
      fc.property(values, values, fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 3 }), (a, b, seeds) => {
        // Any text is a description and a note.
        const grid = {
          description: a.map(String).filter((v, i, all) => all.indexOf(v) === i),
          'data.dir': b.map(String),
        };
        grid['data.dir'] = grid['data.dir'].filter((v, i, all) => all.indexOf(v) === i);
        const file = { name: 's', base: 'base.json', grid, seeds };
        const { jobs } = folder.plan(JSON.stringify(file));
        expect(jobs).toHaveLength(grid.description.length * grid['data.dir'].length * seeds.length);
        expect(new Set(jobs.map(({ id }) => id.toLowerCase())).size).toBe(jobs.length);
        expect(new Set(jobs.map(({ changes, seed }) => JSON.stringify([changes, seed]))).size).toBe(
          jobs.length,
        );
        for (const { name } of jobs) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/);
        const more = { ...file, grid: { ...grid, description: [...grid.description, 'one more value'] } };
        const grown = new Map(folder.plan(JSON.stringify(more)).jobs.map((job) => [job.id, job.changes]));
        for (const { id, changes } of jobs) expect(grown.get(id)).toEqual(changes);
      }),
      { numRuns: 25 },
    );
  });

  it('have a fingerprint of what has a part in the result alone', () => {
    const [job] = folder.plan({ name: 's', base: 'base.json' }).jobs;
    const { experiment } = job;
    expect(fingerprintOf({ ...experiment, train: { ...experiment.train, seed: 9 } })).toBe(job.fingerprint);
    expect(
      fingerprintOf({ ...experiment, description: 'x', engine: { ...experiment.engine, threads: 3 } }),
    ).toBe(job.fingerprint);
    expect(fingerprintOf({ ...experiment, train: { ...experiment.train, epochs: 3 } })).not.toBe(
      job.fingerprint,
    );
    folder.write('resolved.yaml', resolvedYaml(experiment));
    expect(fingerprintOf(loadExperiment(join(folder.path, 'resolved.yaml')).experiment)).toBe(
      job.fingerprint,
    );
  });

  it('take --set over everything in the file', () => {
    const sweep = { name: 's', base: 'base.json', grid: { 'train.epochs': [3, 4] } };
    const { jobs } = folder.plan(sweep, { set: ['train.batchSize=5', 'train.epochs=6'] });
    expect(jobs.map(({ experiment }) => [experiment.train.epochs, experiment.train.batchSize])).toEqual([
      [6, 5],
      [6, 5],
    ]);
  });
});

describe('what is wrong with a sweep is told all at once', () => {
  it('paths and values, with the line and what was meant', () => {
    const text = [
      'name: s',
      'base: base.json',
      'set: { train.seed: 3 }',
      'grid:',
      '  model.atention.groups: [2, 4]',
      '  train.epochs: [3, many]',
      'seeds: [0, 1, 0]',
    ].join('\n');
    expect(folder.problems(text)).toEqual([
      'a sweep cannot change "train.seed" | s.yaml:3: set.train.seed | give the seeds as seeds: [0, 1, 2]',
      'the seed 0 is given twice | s.yaml:7: seeds',
      'unknown key "atention" in model | s.yaml:5: grid.model.atention.groups | did you mean "attention"?',
      'expected a whole number above 0 or null, received "many" | s.yaml:6: train.epochs',
    ]);
  });

  it.each<[string, object, string[]]>([
    ['no config', { grid: {} }, ['give exactly one of base and configs; neither is given | s.yaml:1']],
    [
      'both',
      { base: 'base.json', configs: ['base.json'] },
      ['give exactly one of base and configs; both are given | s.yaml:4: configs'],
    ],
    [
      'an unknown key',
      { base: 'base.json', gird: {} },
      ['unknown key "gird" | s.yaml:4: gird | did you mean "grid"?'],
    ],
    [
      'a value in the place of a list',
      { base: 'base.json', grid: { 'train.epochs': 3 } },
      ['expected a list of values, received 3 | s.yaml:5: grid.train.epochs | write a list: [3]'],
    ],
    [
      'a config that is not there',
      { base: 'bass.json' },
      ['there is no config bass.json | s.yaml:3: base | did you mean "base.json"?'],
    ],
    [
      'two configs of one name',
      { configs: ['base.json', './base.json'] },
      ['the config name base is given twice | s.yaml:5: configs'],
    ],
    [
      'a value twice',
      { base: 'base.json', grid: { 'train.epochs': [1, 2, 1] } },
      ['the value 1 is given twice | s.yaml:8: grid.train.epochs'],
    ],
    [
      'a path twice',
      { base: 'base.json', grid: { 'train.epochs': [1] }, zip: { 'train.epochs': [1] } },
      ['"train.epochs" is given in grid and in zip | s.yaml:10: zip.train.epochs | keep one of them'],
    ],
    [
      'a path for all that is not for all',
      { base: 'base.json', set: { 'train.epochs': 3 }, grid: { 'train.epochs': [1] } },
      ['"train.epochs" is given in set and in grid | s.yaml:8: grid.train.epochs | keep one of them'],
    ],
    [
      'a path of a list that varies already',
      {
        base: 'base.json',
        grid: { 'train.epochs': [1] },
        list: [{ name: 'a', set: { 'train.epochs': 3 } }],
      },
      [expect.stringMatching(/^"train.epochs" is given in grid and in list \| s.yaml:\d+: .* \| keep one/)],
    ],
    [
      'lists of unequal length',
      { base: 'base.json', zip: { 'train.epochs': [1, 2], 'data.inputSize': [32] } },
      [
        'the lists of zip go together, but "data.inputSize" has 1 values and "train.epochs" has 2 | s.yaml:9: zip.data.inputSize',
      ],
    ],
  ])('%s', (_, sweep, expected) => {
    expect(folder.problems({ name: 's', ...sweep })).toEqual(expected);
  });

  it('flags', () => {
    expect(folder.problems({ name: 's', base: 'base.json' }, { set: ['train.seed=3', 'name=x'] })).toEqual([
      'a sweep cannot change "train.seed" | --set train.seed=3 | give them in the file: seeds: [0, 1, 2]',
      'a sweep cannot change "name" | --set name=x | the sweep has a folder: --out',
    ]);
  });

  it('a config named as from the current folder', () => {
    folder.write('sweeps/x.yaml', { name: 'x', base: 'base.json' });
    expect(() => folder.plan('', { cwd: folder.path })).toThrow('the config is empty');
  });
});

describe('what is odd in the configs of a sweep', () => {
  it('is told once, where it was written', () => {
    const plan = folder.plan({
      name: 's',
      base: 'base.json',
      set: { 'train.schedule': { name: 'cosine', warmUp: { epochs: 2 } } },
      grid: { 'train.batchSize': [8, 16], 'train.epochs': [3, 9] },
      seeds: [0, 1],
    });
    expect(plan.jobs).toHaveLength(8);
    expect(plan.notes).toEqual([
      's.yaml:7: train.schedule.warmUp: a warm-up of 2 epochs in a training of 3 epochs is more than half of it',
    ]);
    expect(folder.plan({ name: 's', base: 'base.json' }).notes).toEqual([]);
  });
});

describe('a sweep that nobody could train', () => {
  it('is refused before it is written out', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i + 1);
    const grid = { 'train.batchSize': values, 'data.splitSeed': values, 'train.epochs': values };
    expect(folder.problems({ name: 's', base: 'base.json', grid })).toEqual([
      's.yaml asks for 1.0e+9 runs, and a sweep has at most 10,000 | s.yaml:4 | fewer values or seeds, values that go together (zip), or several sweeps',
    ]);
  });

  it('changes no more config paths than anybody names, and one fewer is taken for what it is', () => {
    const paths = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`train.none${i}`, [1]]));
    const [many, ...others] = folder.problems({
      name: 's',
      base: 'base.json',
      grid: paths(60),
      zip: paths(41),
    });
    expect(many).toBe(
      's.yaml changes 101 config paths, and a sweep changes at most 100 | s.yaml:4 | put what never changes into the config',
    );
    expect(others).toEqual([]);
    expect(folder.problems({ name: 's', base: 'base.json', grid: paths(100) })[0]).toMatch(
      /^unknown key "none0"/,
    );
  });

  it('is looked for under a name near it, and under its name with another ending or in configs/sweeps', () => {
    folder.write('configs/sweeps/blog.json', {});
    folder.write('configs/sweeps/schema.json', {});
    folder.write('configs/sweeps/notes.txt', '');
    folder.write('configs/sweeps/notesyaml', '');
    folder.write('configs/sweeps/depth.yml', {});
    const meant = (file: string): string | undefined => {
      try {
        planSweep(file, { cwd: folder.path });
      } catch (error) {
        if (error instanceof InvolveError) return error.problems.map(({ try: advice }) => advice)[0];
      }
      throw new Error(`${file} was expected not to be there`);
    };
    expect(meant('blog.yaml')).toBe('did you mean "configs/sweeps/blog.json"?');
    expect(meant('configs/sweeps/blag.json')).toBe('did you mean "configs/sweeps/blog.json"?');
    expect(meant('depth.yaml')).toBe('did you mean "configs/sweeps/depth.yml"?');
    expect(meant('configs/sweeps/notes.json')).toBeUndefined();
    expect(meant('notesyaml.yaml')).toBeUndefined();
    expect(meant('schema.yaml')).toBeUndefined();
    expect(meant('configs/sweeps')).toBeUndefined();
  });

  it('finds what is given twice in a long list at once', () => {
    const seeds = [...Array.from({ length: 9000 }, (_, i) => i), 7];
    expect(folder.problems({ name: 's', base: 'base.json', seeds })).toHaveLength(1);
  });

  it('reads no more variants than it takes to find more problems than are told', () => {
    const configs = Array.from({ length: 60 }, (_, i) => `none-${i}.json`);
    expect(folder.problems({ name: 's', configs })).toHaveLength(SHOWN_PROBLEMS + 1);
  });

  it('is called like its file where it has no name', () => {
    expect(folder.plan({ base: 'base.json' }).name).toBe('s');
  });

  it('names no path that every object has', () => {
    expect(folder.problems({ name: 's', base: 'base.json', set: { constructor: 1 } })[0]).toMatch(
      /^unknown key "constructor"/,
    );
  });
});

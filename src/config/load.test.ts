import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigFolder, MINIMAL } from './testing.js';
import { SHOWN_PROBLEMS } from '../util/errors.js';
import { loadExperiment } from './load.js';

let configs: ConfigFolder;
beforeEach(() => {
  configs = new ConfigFolder();
});
afterEach(() => configs.remove());

describe('loadExperiment', () => {
  it('fills every default in', () => {
    configs.write('a.json', MINIMAL);
    const experiment = configs.load('a.json');
    expect(experiment.data.validation).toBe(0.1);
    expect(experiment.model.attention).toEqual({ type: 'se', reductionRatio: 4 });
    expect(experiment.train).toMatchObject({ seed: 0, epochs: 2, steps: null, until: 'end' });
    expect(experiment.engine.name).toBe('auto');
  });

  it('reads YAML and JSON alike', () => {
    configs.write('a.json', MINIMAL);
    configs.write(
      'a.yaml',
      'name: minimal\ndata: { name: scenes, inputSize: 32 }\nmodel: { family: efficientnet }\ntrain: { epochs: 2 }\n',
    );
    expect(configs.load('a.yaml')).toEqual(configs.load('a.json'));
  });

  it('knows aliases of YAML, a byte order mark and a $schema', () => {
    configs.write(
      'a.yaml',
      '\uFEFF$schema: ./schema.json\nname: x\ndata: { name: scenes, inputSize: &size 32 }\nmodel: { family: efficientnet }\ntrain: { epochs: *size }\n',
    );
    const experiment = configs.load('a.yaml');
    expect(experiment.train.epochs).toBe(32);
    expect(experiment).not.toHaveProperty('$schema');
  });

  it('calls an experiment without a name like its file', () => {
    configs.write('my-own.json', { ...MINIMAL, name: undefined });
    expect(configs.load('my-own.json').name).toBe('my-own');
  });

  it('says where each value was written', () => {
    configs.write('base.yaml', 'name: base\ntrain:\n  epochs: 2\n  batchSize: 8\n');
    configs.write('a.json', { ...MINIMAL, extends: 'base.yaml', train: { epochs: 3 } });
    const { where, files } = loadExperiment('a.json', { cwd: configs.path, set: ['train.ema=0.9'], seed: 7 });
    expect(where(['train', 'batchSize'])).toBe('base.yaml:4: train.batchSize');
    expect(where(['train', 'epochs'])).toBe('a.json:11: train.epochs');
    expect(where(['train', 'ema'])).toBe('--set train.ema=0.9');
    expect(where(['train', 'seed'])).toBe('--seed 7');
    expect(where(['data', 'validation'])).toBe('a.json:3: data.validation');
    expect(files.map((file) => file.slice(configs.path.length + 1))).toEqual(['a.json', 'base.yaml']);
  });

  it('takes the seed', () => {
    configs.write('a.json', MINIMAL);
    expect(configs.load('a.json', { seed: 3 }).train.seed).toBe(3);
  });
});

describe('extends', () => {
  it('merges deep, replaces arrays, and is relative to the file that says it', () => {
    configs.write('base/base.json', {
      ...MINIMAL,
      description: 'the base',
      model: { family: 'efficientnet', removeStages: [6, 7], dropout: 0.3 },
    });
    configs.write('middle.yaml', 'extends: base/base.json\nmodel:\n  removeStages: [8]\n');
    configs.write('deep/a.yaml', 'extends: ../middle.yaml\ntrain: { batchSize: 4 }\n');
    const experiment = configs.load('deep/a.yaml');
    expect(experiment.model).toMatchObject({ removeStages: [8], dropout: 0.3 });
    expect(experiment.train).toMatchObject({ epochs: 2, batchSize: 4 });
    expect(experiment).not.toHaveProperty('extends');
    // Name and description belong to a file.
    expect(experiment).toMatchObject({ name: 'a', description: '' });
  });

  it('starts an object afresh when its discriminator changes', () => {
    configs.write('base.json', {
      ...MINIMAL,
      model: { family: 'efficientnet', attention: { type: 'se', reductionRatio: 8 }, dropout: 0.3 },
      train: {
        epochs: 2,
        optimizer: { name: 'adamw', learningRate: 0.5, beta1: 0.8 },
        schedule: { name: 'plateau', patience: 3 },
      },
    });
    configs.write(
      'a.yaml',
      `extends: base.json
model: { attention: { type: involution, groups: 2 } }
train: { optimizer: { name: sgd }, schedule: { name: cosine } }
`,
    );
    const { model, train } = configs.load('a.yaml');
    expect(model.attention).toMatchObject({ type: 'involution', groups: 2, reductionRatio: 4 });
    expect(model.dropout).toBe(0.3);
    expect(train.optimizer).toMatchObject({ name: 'sgd', learningRate: 0.1 });
    expect(train.schedule).toMatchObject({ name: 'cosine', minimum: 0, warmUp: null });
  });

  it('goes on with an object whose discriminator is the same, absent, or of the same kind', () => {
    const optimizer = { name: 'adamw', learningRate: 0.5, beta1: 0.8 };
    configs.write('base.json', { ...MINIMAL, train: { epochs: 2, optimizer } });
    configs.write('same.yaml', 'extends: base.json\ntrain: { optimizer: { name: adamw, beta1: 0.7 } }\n');
    configs.write('none.yaml', 'extends: base.json\ntrain: { optimizer: { beta1: 0.7 } }\n');
    configs.write('kind.yaml', 'extends: base.json\ntrain: { optimizer: { name: adam } }\n');
    const expected = { name: 'adamw', learningRate: 0.5, beta1: 0.7 };
    expect(configs.load('same.yaml').train.optimizer).toMatchObject(expected);
    expect(configs.load('none.yaml').train.optimizer).toMatchObject(expected);
    expect(configs.load('kind.yaml').train.optimizer).toMatchObject({ ...optimizer, name: 'adam' });
  });

  it('replaces a duration as a whole, and takes back epochs for steps', () => {
    configs.write('base.json', { ...MINIMAL, checkpoint: { every: { epochs: 1 }, best: 'val_loss' } });
    configs.write(
      'a.yaml',
      'extends: base.json\ntrain: { steps: 50 }\ncheckpoint: { every: { steps: 10 } }\n',
    );
    const { train, checkpoint } = configs.load('a.yaml');
    expect(train).toMatchObject({ epochs: null, steps: 50 });
    expect(checkpoint).toMatchObject({ best: 'val_loss' });
    expect(checkpoint.every).toEqual({ steps: 10 });
  });

  it("goes back to a data set's own folder when another set is named", () => {
    const data = { name: 'intel', dir: '../photos', inputSize: 64 };
    configs.write('base.json', { ...MINIMAL, data });
    configs.write('other.yaml', 'extends: base.json\ndata: { name: scenes }\n');
    configs.write('same.yaml', 'extends: base.json\ndata: { name: intel }\n');
    configs.write('both.yaml', 'extends: base.json\ndata: { name: image-folder, dir: ../mine }\n');
    expect(configs.load('other.yaml').data).toMatchObject({ name: 'scenes', dir: null, inputSize: 64 });
    expect(configs.load('same.yaml').data.dir).toBe('../photos');
    expect(configs.load('both.yaml').data.dir).toBe('../mine');
  });

  it('refuses a circle', () => {
    configs.write('a.yaml', 'name: a\nextends: b.json\n');
    configs.write('b.json', { name: 'b', extends: './a.yaml' });
    const error = configs.error('a.yaml');
    expect(error.code).toBe('E_CONFIG_EXTENDS_CYCLE');
    expect(error.exitCode).toBe(2);
    expect(error.problems).toEqual([
      { what: 'extends goes in a circle: a.yaml → b.json → a.yaml', where: 'b.json:3: extends' },
    ]);
  });

  it('refuses a circle behind a link', () => {
    configs.write('a.yaml', 'name: a\nextends: here/a.yaml\n');
    symlinkSync('.', join(configs.path, 'here'));
    expect(configs.error('a.yaml').code).toBe('E_CONFIG_EXTENDS_CYCLE');
  });

  it('is of a config, as what is trained is: a sweep is told from it', () => {
    configs.write('sweep.json', { name: 's', base: 'a.json', grid: { 'train.epochs': [1, 2] } });
    configs.write('b.json', { extends: 'sweep.json' });
    for (const file of ['sweep.json', 'b.json'])
      expect(configs.error(file).problems[0]?.what).toBe('sweep.json is a sweep, not a config');
  });

  it('names the file that extends what is not there', () => {
    configs.write('base.json', MINIMAL);
    configs.write('a.yaml', 'name: a\nextends: bse.json\n');
    expect(configs.error('a.yaml').problems).toEqual([
      { what: 'there is no config bse.json', where: 'a.yaml:2: extends', try: 'did you mean "base.json"?' },
    ]);
  });
});

describe('a config that is not there', () => {
  it('offers the nearest name, in its folder or in configs/', () => {
    configs.write('configs/exp3.json', MINIMAL);
    configs.write('configs/schema.json', {});
    const error = configs.error('configs/exp33.json');
    expect([error.code, error.exitCode]).toEqual(['E_CONFIG_NOT_FOUND', 2]);
    expect(error.problems).toEqual([
      { what: 'there is no config configs/exp33.json', try: 'did you mean "configs/exp3.json"?' },
    ]);
    for (const name of ['exp3', 'exp3.json', 'configs/exp3', 'configs/exp3.yaml']) {
      expect(configs.error(name).problems[0].try).toBe('did you mean "configs/exp3.json"?');
    }
    expect(configs.error('nothing/like/it.json').problems).toEqual([
      { what: 'there is no config nothing/like/it.json' },
    ]);
  });

  it('points into a run folder', () => {
    configs.write('runs/x/config.yaml', MINIMAL);
    expect(configs.error('runs/x').problems).toEqual([
      { what: 'runs/x is a folder, not a config', try: 'runs/x/config.yaml' },
    ]);
    configs.write('my runs/x/config.yaml', MINIMAL);
    expect(configs.error('my runs/x').problems[0].try).toBe("'my runs/x/config.yaml'");
  });
});

describe('syntax', () => {
  it('reports every error of a YAML file with its line', () => {
    configs.write('a.yaml', 'name: a\nname: b\ndata: {\n  name: scenes\ntrain:\n\t- x: 1\n');
    const error = configs.error('a.yaml');
    expect([error.code, error.exitCode]).toEqual(['E_CONFIG_SYNTAX', 2]);
    expect(error.problems.length).toBeGreaterThan(1);
    expect(error.problems[0]).toEqual({
      what: 'the key "name" is given twice',
      where: 'a.yaml:2',
      try: 'keep one of them; the first is in line 1',
    });
  });

  it('takes no key twice in JSON either', () => {
    configs.write('a.json', '{\n  "name": "a",\n  "train": {},\n  "train": {}\n}');
    expect(configs.error('a.json').problems).toEqual([
      {
        what: 'the key "train" is given twice',
        where: 'a.json:4',
        try: 'keep one of them; the first is in line 3',
      },
    ]);
  });

  it.each([
    ['a comma too many', '{\n  "name": "a",\n  "train": { "epochs": 3, }\n}\n', 3],
    ['a comma too many at the end', '{\n  "name": "a",\n  "x": [1, 2],\n}\n', 4],
    ['a comment', '{\n  "name": "a", // hello\n  "x": 1\n}\n', 2],
    ['a bare word', '{\n  "name": "a",\n  x: 1\n}\n', 3],
    ['single quotes', '{\n  "name":\n  \'a\'\n}\n', 3],
    ['YAML', 'name: a\n', 1],
  ])('wants real JSON in a .json file: %s', (_, text, line) => {
    configs.write('a.json', text);
    const error = configs.error('a.json');
    expect(error.code).toBe('E_CONFIG_SYNTAX');
    expect(error.problems[0].where).toBe(`a.json:${line}`);
    expect(error.problems[0].what).toMatch(/^not valid JSON: [a-z]/);
    expect(error.problems).toHaveLength(1);
  });

  it('finds the line of a missing comma and of a missing brace', () => {
    configs.write('comma.json', '{\n  "name": "a"\n  "x": 1\n}\n');
    expect(configs.error('comma.json').problems[0].where).toBe('comma.json:3');
    configs.write('brace.json', '{\n  "name": "a"\n');
    expect(configs.error('brace.json').code).toBe('E_CONFIG_SYNTAX');
  });

  it('survives an alias that holds itself, and brackets without end', () => {
    configs.write('alias.yaml', 'name: &a [*a]\n');
    configs.write('deep.yaml', `name: ${'['.repeat(20_000)}\n`);
    for (const name of ['alias.yaml', 'deep.yaml']) expect(configs.error(name).code).toBe('E_CONFIG_SYNTAX');
  });

  it('wants something in the file, and a map', () => {
    configs.write('empty.yaml', '# nothing\n');
    configs.write('list.yaml', '- name: a\n');
    expect(configs.error('empty.yaml').problems).toEqual([
      { what: 'the config is empty', where: 'empty.yaml', try: 'involve init writes one to start from' },
    ]);
    expect(configs.error('list.yaml').problems).toEqual([
      {
        what: 'a config is keys and their values, and the whole of this file is a list',
        where: 'list.yaml:1',
        try: 'look into a shipped one, such as configs/quickstart.json',
      },
    ]);
  });

  it('tells some of many oddities, and how many more there are', () => {
    const at = Array.from({ length: 500 }, (_, i) => `{epochs: ${i + 2}}`).join(', ');
    const { notes } = configs.minimal([`train.schedule={name: step, at: [${at}]}`]);
    expect(notes).toHaveLength(SHOWN_PROBLEMS + 1);
    expect(notes.at(-1)).toBe('… and 480 more');
  });

  it('refuses a name that no disk has room for, and does not repeat all of it', () => {
    const long = 'a'.repeat(900_000);
    expect(() => configs.minimal([`name=${long}`])).toThrowError(/^use at most 200 letters.{0,200}…$/);
    expect(configs.minimal([`name=${'a'.repeat(200)}`]).experiment.name).toHaveLength(200);
  });
});

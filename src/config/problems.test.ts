import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../util/errors.js';
import { ConfigFolder } from './testing.js';

let configs: ConfigFolder;
beforeEach(() => {
  configs = new ConfigFolder();
});
afterEach(() => configs.remove());

/** The problems of a config with these lines after the four that are right. */
function problems(lines: string, head = 'name: a'): readonly Problem[] {
  configs.write('a.yaml', `${head}\n${lines}\n`);
  return configs.error('a.yaml').problems;
}

const data = 'data: { name: scenes, inputSize: 32 }';
const model = 'model: { family: efficientnet }';
const train = 'train: { epochs: 2 }';

describe('unknown keys', () => {
  it('say what was meant, with file and line', () => {
    configs.write('a.yaml', `name: a\n${data}\n${model}\ntrain:\n  epochs: 2\n  batchsize: 3\n`);
    const error = configs.error('a.yaml');
    expect([error.code, error.exitCode]).toEqual(['E_CONFIG_UNKNOWN_KEY', 2]);
    expect(error.problems).toEqual([
      {
        what: 'unknown key "batchsize"',
        where: 'a.yaml:6: train.batchsize',
        try: 'did you mean "batchSize"?',
      },
    ]);
  });

  it('in JSON too', () => {
    configs.write('a.json', {
      name: 'a',
      data: { name: 'scenes', inputSize: 32 },
      model: { family: 'efficientnet' },
      train: { epochs: 2, momentum: 3 },
    });
    expect(configs.error('a.json').problems).toEqual([
      {
        what: 'unknown key "momentum"',
        where: 'a.json:12: train.momentum',
        try: 'did you mean "train.optimizer.momentum"? It takes a number from 0 up and below 1',
      },
    ]);
  });

  it('that belong elsewhere say where', () => {
    expect(problems(`epochs: 3\n${data}\n${model}\n${train}`)[0]).toMatchObject({
      where: 'a.yaml:2: epochs',
    });
    expect(problems(`${data}\n${model}\ntrain: { epochs: 2, groups: 3 }`)).toEqual([
      {
        what: 'unknown key "groups"',
        where: 'a.yaml:4: train.groups',
        try: 'did you mean "model.attention.groups"?',
      },
    ]);
  });

  it('that belong to another option of a choice say to which', () => {
    expect(
      problems(`${data}\nmodel: { family: efficientnet, attention: { type: se, groups: 4 } }\n${train}`),
    ).toEqual([
      {
        what: 'unknown key "groups"',
        where: 'a.yaml:3: model.attention.groups',
        try: '"groups" needs type: involution or octconv or local-relation or san-pairwise or san-patchwise; or remove it',
      },
    ]);
  });

  it('without anything near list what there is', () => {
    expect(problems(`data: { name: scenes, inputSize: 32, zzzzzz: 1 }\n${model}\n${train}`)[0].try).toBe(
      'known keys: name, dir, inputSize, resize, cropFraction, cache, workers, validation, splitSeed, limit, skipBadImages, labels, scenes, shards, parquet, labelFile, maskFolder',
    );
  });

  it('take a beginning for the whole', () => {
    expect(problems(`${data}\n${model}\ntrain: { epochs: 2, optim: 3 }`)[0].try).toBe(
      'did you mean "optimizer"?',
    );
  });

  it('are found whatever they are called', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(problems(`${data}\n${model}\n${train}\n${key}: 1`)[0].what).toBe(`unknown key "${key}"`);
    }
  });
});

describe('values', () => {
  const one = (lines: string): Problem => {
    const found = problems(`${data}\n${model}\n${lines}`);
    expect(found).toHaveLength(1);
    return found[0];
  };

  it.each([
    ['train: { epochs: ten }', 'expected a whole number above 0 or null, received "ten"', undefined],
    ['train: { epochs: 0 }', 'expected a whole number above 0 or null, received 0', undefined],
    ['train: { epochs: 1.5 }', 'expected a whole number above 0 or null, received 1.5', undefined],
    [
      'train: { epochs: "10" }',
      'expected a whole number above 0 or null, received "10"',
      'write it without quotes: 10',
    ],
    ['train: { epochs: [1] }', 'expected a whole number above 0 or null, received [1]', undefined],
    ['train: { epochs: .nan }', 'expected a whole number above 0 or null, received NaN', undefined],
    ['train: { epochs: 1, seed: -1 }', 'expected a whole number from 0 up, received -1', undefined],
    [
      'train: { epochs: 1, ema: 1 }',
      'expected a number above 0 and below 1 or keys (decay, warmUp, validateRaw) or null, received 1',
      undefined,
    ],
    [
      'train: { epochs: 1, until: platau }',
      'expected one of "end", "plateau" or keys (patience, minDelta), received "platau"',
      'did you mean "plateau"?',
    ],
    [
      'train: 3',
      'expected keys (seed, batchSize, accumulate, workers, synchronisedBatchNorm, epochs, steps, until, optimizer, schedule, labelSmoothing, classWeights, onlineHardPixels, progressive, clipNorm, ema, from, freeze, freezeBatchNorm, layerDecay, headRate, batchNormStatistics, batchNormImages, batchNormBatch), received 3',
      undefined,
    ],
    [
      'train: { epochs: 1, optimizer: { name: adamv } }',
      'expected one of "adam", "adamw", "sgd", "rmsprop", "lion", "lamb", "muon", received "adamv"',
      'did you mean "adam"?',
    ],
    [
      'train: { epochs: 1, optimizer: sgd }',
      'expected keys, of which "name" is one of "adam", "adamw", "sgd", "rmsprop", "lion", "lamb", "muon", received "sgd"',
      'write { name: sgd }',
    ],
    [
      'train: { epochs: 1, schedule: { name: step, at: [] } }',
      'expected a list, each item { epochs: a number above 0 } or { steps: a whole number above 0 }, received []',
      undefined,
    ],
    [
      'train: { epochs: 1 }\nlog: { every: { epoch: 1 } }',
      'expected { epochs: a number above 0 } or { steps: a whole number above 0 }, received {"epoch":1}',
      undefined,
    ],
    [
      'train: { epochs: 1 }\naugment: { flip: yes }',
      'expected true or false or "alternating", received "yes"',
      'write true',
    ],
    [
      'train: { epochs: 1 }\naugment: { randomResizedCrop: { scale: [1] } }',
      'expected a list of 2 values, each a number from 0.001 to 1, received [1]',
      undefined,
    ],
    ['train: { epochs: 1 }\nextends: 3', 'expected text, received 3', 'write it in quotes: "3"'],
  ])('%s', (lines, what, hint) => {
    expect(one(lines)).toMatchObject({ what });
    expect(one(lines).try).toBe(hint);
  });

  it('of data.validation may be a share or a word', () => {
    expect(problems(`data: { name: scenes, inputSize: 32, validation: tst }\n${model}\n${train}`)).toEqual([
      {
        what: 'expected a number above 0 and below 1 or "test", received "tst"',
        where: 'a.yaml:2: data.validation',
        try: 'did you mean "test"?',
      },
    ]);
  });

  it('refuse to remove the stem', () => {
    expect(
      problems(`${data}\nmodel:\n  family: efficientnet\n  removeStages:\n    - 7\n    - 1\n${train}`),
    ).toEqual([
      { what: 'only stages 2 to 8 can be removed, received 1', where: 'a.yaml:7: model.removeStages[1]' },
    ]);
    expect(problems(`${data}\nmodel: { family: efficientnet, removeStages: [7, 7] }\n${train}`)).toEqual([
      { what: 'a stage is named twice, received [7,7]', where: 'a.yaml:3: model.removeStages' },
    ]);
  });

  it('refuse an even kernel', () => {
    const attention = 'attention: { type: involution, kernelSize: 4 }';
    expect(
      problems(`${data}\nmodel: { family: efficientnet, depthwiseKernel: 2, ${attention} }\n${train}`),
    ).toEqual([
      { what: 'must be odd, received 4', where: 'a.yaml:3: model.attention.kernelSize' },
      { what: 'must be odd, received 2', where: 'a.yaml:3: model.depthwiseKernel' },
    ]);
  });

  it('refuse a name that cannot be a folder', () => {
    expect(problems(`${data}\n${model}\n${train}`, 'name: ../up')).toEqual([
      {
        what: 'use letters, digits, dot, dash and underscore, since it names a folder, received "../up"',
        where: 'a.yaml:1: name',
      },
    ]);
  });
});

describe('what is missing', () => {
  it('is named where it should stand', () => {
    expect(problems(`data:\n  name: scenes\n${model}\n${train}`)).toEqual([
      {
        what: 'missing key "inputSize"',
        where: 'a.yaml:2: data.inputSize',
        try: 'add "inputSize": a whole number from 8 to 1024',
      },
    ]);
    expect(problems(`${data}\n${train}`)).toEqual([
      {
        what: 'missing key "model"',
        where: 'a.yaml:1: model',
        try: expect.stringMatching(
          /^add "model": keys, of which "family" is one of "efficientnet", /,
        ) as string,
      },
    ]);
    expect(problems(`${data}\n${model}\ntrain: { epochs: 1, schedule: { patience: 3 } }`)).toEqual([
      {
        what: 'missing key "name"',
        where: 'a.yaml:4: train.schedule.name',
        try: 'add "name": one of "constant", "plateau", "step", "cosine", "one-cycle", "polynomial", "inverse-sqrt", "exponential"',
      },
    ]);
  });
});

describe('values that contradict each other', () => {
  it('exactly one of epochs and steps', () => {
    expect(problems(`${data}\n${model}\ntrain:\n  epochs: 2\n  steps: 3`)).toEqual([
      {
        what: 'give exactly one of train.epochs and train.steps; both are given',
        where: 'a.yaml:5: train.epochs',
      },
    ]);
    expect(problems(`${data}\n${model}\ntrain:\n  seed: 2`)).toEqual([
      {
        what: 'give exactly one of train.epochs and train.steps; neither is given',
        where: 'a.yaml:4: train.epochs',
      },
    ]);
  });

  it('until plateau needs the plateau schedule', () => {
    expect(problems(`${data}\n${model}\ntrain: { epochs: 2, until: plateau }`)).toEqual([
      {
        what: 'until "plateau" needs train.schedule.name "plateau", received "constant"',
        where: 'a.yaml:4: train.until',
      },
    ]);
  });
});

describe('a cycle of the momentum', () => {
  it('needs an optimizer that has one to be driven', () => {
    const schedule = 'schedule: { name: one-cycle, cycleMomentum: true }';
    const text = (optimizer: string): string =>
      `${data}\n${model}\ntrain: { epochs: 2, ${schedule}, optimizer: { name: ${optimizer} } }`;
    expect(problems(text('lion'))).toEqual([
      {
        what: 'only the momentum of adam, adamw, sgd, lamb goes through a cycle, train.optimizer.name is "lion"',
        where: 'a.yaml:4: train.schedule.cycleMomentum',
      },
    ]);
    for (const name of ['adam', 'adamw', 'sgd', 'lamb']) {
      configs.write('a.yaml', `name: a\n${text(name)}\n`);
      expect(configs.load('a.yaml').train.schedule).toMatchObject({ baseMomentum: 0.85, maxMomentum: 0.95 });
    }
  });
});

it('reports all problems at once, in the order of the lines, with the file of each', () => {
  configs.write('base.yaml', `${data}\ntrain:\n  epochs: 2\n  sede: 1\n`);
  configs.write(
    'a.yaml',
    'extends: base.yaml\nname: a b\nmodel:\n  family: efficientnet\n  removeStages: [1]\nlogg: 1\n',
  );
  const error = configs.error('a.yaml', { set: ['train.batchSize=x'] });
  expect(error.code).toBe('E_CONFIG_INVALID');
  expect(error.problems.map(({ where }) => where)).toEqual([
    'a.yaml:2: name',
    'a.yaml:5: model.removeStages[0]',
    'a.yaml:6: logg',
    'base.yaml:4: train.sede',
    '--set train.batchSize=x',
  ]);
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../util/errors.js';
import { ConfigFolder, MINIMAL } from './testing.js';

let configs: ConfigFolder;
beforeAll(() => {
  configs = new ConfigFolder();
  configs.write('a.json', MINIMAL);
  configs.write('full.json', {
    ...MINIMAL,
    data: { name: 'intel', dir: '../photos', inputSize: 64 },
    model: {
      family: 'efficientnet',
      attention: { type: 'involution', generator: 'linear', groups: 4, kernelSize: 5 },
      removeStages: [6, 7],
    },
    train: {
      epochs: 100,
      until: 'plateau',
      optimizer: { name: 'adamw', learningRate: 0.5, beta1: 0.8 },
      schedule: { name: 'plateau', patience: 3, warmUp: { epochs: 1 } },
    },
  });
});
afterAll(() => configs.remove());

const full = (...set: string[]) => configs.load('full.json', { set });
const problems = (...set: string[]): readonly Problem[] => configs.error('full.json', { set }).problems;

describe('--set', () => {
  it('types values by the schema', () => {
    const { train, data, model } = full(
      'train.epochs=3',
      'train.optimizer.learningRate=1e-3',
      'train.clipNorm=null',
      'data.limit.train=3000',
      'data.dir=../x',
      'data.validation=test',
      'model.removeStages=[7,8]',
      'augment.flip=false',
    );
    expect(train).toMatchObject({ epochs: 3, clipNorm: null });
    expect(train.optimizer).toMatchObject({ learningRate: 0.001, beta1: 0.8 });
    expect(data).toMatchObject({ limit: { train: 3000, test: null }, dir: '../x', validation: 'test' });
    expect(model.removeStages).toEqual([7, 8]);
  });

  it('reads numbers as YAML 1.2 does: no octal by a leading zero', () => {
    const { train, data } = full('train.epochs=010', 'data.splitSeed=0o10');
    expect([train.epochs, data.splitSeed]).toEqual([10, 8]);
  });

  it('leaves text as it is where the schema wants text', () => {
    expect(full('name=123').name).toBe('123');
    expect(full('data.dir=null').data.dir).toBeNull();
    expect(full('data.dir="null"').data.dir).toBe('null');
    expect(full('description=a: b # c = d').description).toBe('a: b # c = d');
    expect(full('data.dir=C:\\x y').data.dir).toBe('C:\\x y');
  });

  it('keeps any text of a description', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(!/^\s*["']/.test(text));
        expect(full(`description=${text}`).description).toBe(text);
      }),
    );
  });

  it('takes one item of a list, a new one at the end, and whole objects', () => {
    expect(full('model.removeStages[0]=5').model.removeStages).toEqual([5, 7]);
    expect(full('model.removeStages.2=8').model.removeStages).toEqual([6, 7, 8]);
    const { schedule } = full('train.until=end', 'train.schedule={name: step, at: [{epochs: 3}]}').train;
    expect(schedule).toMatchObject({ name: 'step', at: [{ epochs: 3 }], warmUp: null });
  });

  it('makes what the path leads through as its default says', () => {
    const { train, augment, model, checkpoint } = configs.load('a.json', {
      set: [
        'train.optimizer.learningRate=0.5',
        'augment.randomResizedCrop.scale=[0.5,1]',
        'model.attention.reductionRatio=8',
        'checkpoint.every.steps=100',
        'train.schedule={warmUp: {steps: 3}}',
      ],
    });
    expect(train.optimizer).toMatchObject({ name: 'adamw', learningRate: 0.5, weightDecay: 0.01 });
    expect(augment.randomResizedCrop).toEqual({ scale: [0.5, 1], ratio: [0.75, 1.3333] });
    expect(model.attention).toEqual({ type: 'se', reductionRatio: 8 });
    expect(checkpoint.every).toEqual({ steps: 100 });
    expect(train.schedule).toEqual({ name: 'constant', warmUp: { steps: 3 }, warmUpStart: null });
  });

  it('makes lists where none is given', () => {
    const crop = configs.load('a.json', { set: ['augment.randomResizedCrop.scale[1]=0.9'] }).augment;
    expect(crop.randomResizedCrop?.scale).toEqual([0.35, 0.9]);
    const set = ['train.schedule.name=step', 'train.schedule.at[0].epochs=3', 'train.schedule.at[1].steps=9'];
    expect(configs.load('a.json', { set }).train.schedule).toMatchObject({
      at: [{ epochs: 3 }, { steps: 9 }],
    });
    expect(configs.load('a.json', { set: ['model.removeStages[0]=7'] }).model.removeStages).toEqual([7]);
  });

  it('starts a choice afresh, in whatever order its keys are given', () => {
    expect(full('model.attention.type=none').model.attention).toEqual({ type: 'none' });
    const se = { type: 'se', reductionRatio: 8 };
    expect(full('model.attention.type=se', 'model.attention.reductionRatio=8').model.attention).toEqual(se);
    expect(full('model.attention.reductionRatio=8', 'model.attention.type=se').model.attention).toEqual(se);
    expect(full('model.attention.type=involution').model.attention).toMatchObject({ kernelSize: 5 });
  });

  it('lets the last of two values for one path count', () => {
    expect(full('train.batchSize=3', 'train.batchSize=4').train.batchSize).toBe(4);
  });

  it('takes epochs back for steps and the other way round', () => {
    expect(full('train.steps=50').train).toMatchObject({ epochs: null, steps: 50 });
    expect(full('train.steps=50', 'train.epochs=2').train).toMatchObject({ epochs: 2, steps: null });
    expect(full('train.schedule.warmUp.steps=5').train.schedule.warmUp).toEqual({ steps: 5 });
  });

  it('changes one key of a map that may be a number too, and leaves the others', () => {
    const line = 'model.dropConnect={from: 0, to: 0.3}';
    expect(full(line, 'model.dropConnect.to=0.5').model.dropConnect).toEqual({ from: 0, to: 0.5 });
    expect(full(line, 'model.dropConnect=0.1').model.dropConnect).toBe(0.1);
    const ema = full('train.ema={decay: 0.99, warmUp: true}', 'train.ema.validateRaw=true').train.ema;
    expect(ema).toMatchObject({ decay: 0.99, validateRaw: true });
    expect(problems('model.dropConnect.to=0.5')[0].what).toMatch(/keys \(from, to\), received \{"to":0.5\}$/);
  });

  it("goes back to a data set's own folder when another set is named", () => {
    expect(full('data.name=scenes').data).toMatchObject({ name: 'scenes', dir: null });
    const both = { name: 'image-folder', dir: 'mine' };
    expect(full('data.name=image-folder', 'data.dir=mine').data).toMatchObject(both);
    expect(full('data.dir=mine', 'data.name=image-folder').data).toMatchObject(both);
  });

  it('does not touch the seed of --seed', () => {
    expect(configs.load('a.json', { set: ['train.seed=1'], seed: 2 }).train.seed).toBe(2);
  });
});

describe('what --set refuses', () => {
  it.each([
    ['train.epoch=3', 'unknown key "epoch" in train', 'did you mean "epochs"?'],
    ['trian.epochs=3', 'unknown key "trian"', 'did you mean "train.epochs"?'],
    ['learningRate=3', 'unknown key "learningRate"', 'did you mean "train.optimizer.learningRate"?'],
    [
      'model.alpha=0.5',
      'unknown key "alpha" in model',
      '"alpha" needs family: octconv-article or wide-resnet; or remove it',
    ],
    ['model.groups=2', 'unknown key "groups" in model', 'did you mean "model.attention.groups"?'],
    [
      'train.optimizer.momentum=0.9',
      'unknown key "momentum" in train.optimizer',
      '"momentum" needs name: sgd or rmsprop or muon; or remove it',
    ],
    ['train.epochs.max=3', 'train.epochs is a single value; it has no "max"', undefined],
    ['model.removeStages[5]=3', 'model.removeStages has 2 items; there is no [5]', undefined],
    ['model.removeStages.x=3', 'model.removeStages is a list; it has no "x"', undefined],
  ])('%s', (text, what, hint) => {
    const [problem, ...more] = problems(text);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ what, where: `--set ${text}` });
    expect(problem.try).toBe(hint);
  });

  it('cannot extend', () => {
    expect(problems('extends=a.json')).toEqual([
      { what: 'extends can be given in a file only', where: '--set extends=a.json' },
    ]);
  });

  it('wants path=value', () => {
    const error = configs.error('a.json', { set: ['train.epochs', '=3', 'train.epochs='] });
    expect([error.code, error.exitCode]).toEqual(['E_SET_SYNTAX', 2]);
    expect(error.problems).toEqual([
      { what: '--set expects path=value, received "train.epochs"', try: '--set train.epochs=3' },
      { what: '--set expects path=value, received "=3"', try: '--set train.epochs=3' },
      { what: '--set expects path=value, received "train.epochs="', try: 'write train.epochs=null for none' },
    ]);
  });

  it('shows the flag of a wrong value, and all problems at once', () => {
    expect(problems('train.epochs=x', 'train.opt=1', 'model.attention.type=involutoin')).toEqual([
      { what: 'unknown key "opt" in train', where: '--set train.opt=1', try: 'did you mean "optimizer"?' },
      {
        what:
          'expected one of "se", "none", "conv", "depthwise-separable", "involution", "octconv", "local-attention", ' +
          '"local-relation", "san-pairwise", "san-patchwise", "axial-attention", "global-attention", received "involutoin"',
        where: '--set model.attention.type=involutoin',
        try: 'did you mean "involution"?',
      },
      { what: 'expected a whole number above 0 or null, received "x"', where: '--set train.epochs=x' },
    ]);
  });

  it('says which key of a whole object is wrong', () => {
    expect(problems('model.attention={ type: involution, kernelSize: 4 }')).toEqual([
      {
        what: 'must be odd, received 4',
        where: '--set model.attention={ type: involution, kernelSize: 4 }: model.attention.kernelSize',
      },
    ]);
  });
});

it('an error has the code of its problems where they have one, and else that of a config which is invalid', () => {
  const code = (...set: string[]): string => configs.error('a.json', { set }).code;
  expect(code('train.epoch=3', 'train.sede=3')).toBe('E_CONFIG_UNKNOWN_KEY');
  expect(code('train.epoch=3', 'train.batchSize=x')).toBe('E_CONFIG_INVALID');
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadExperiment } from '../load.js';
import { oddities } from './oddities.js';
import { ConfigFolder, MINIMAL, SHIPPED_ROOT, shippedConfigs } from '../testing.js';

let configs: ConfigFolder;
beforeEach(() => {
  configs = new ConfigFolder();
});
afterEach(() => configs.remove());

const load = (set: readonly string[]) => configs.minimal(set);

describe('what is odd and can be trained is noted', () => {
  it.each([
    [
      'train.schedule={name: cosine, warmUp: {epochs: 8}}',
      'a warm-up of 8 epochs in a training of 2 epochs: the rate does nothing but climb, and ends at 25 % of what is configured',
    ],
    [
      'train.schedule={name: cosine, warmUp: {epochs: 1.5}}',
      'a warm-up of 1.5 epochs in a training of 2 epochs is more than half of it',
    ],
    [
      'train.schedule={name: step, at: [{epochs: 1}, {epochs: 2}]}',
      '2 epochs is not before the end of training (2 epochs): the rate stays as it is',
    ],
    [
      'train.schedule={name: plateau, patience: 1}',
      '2 epochs without a lower loss do not fit into a training of 2 epochs: the rate stays as it is',
    ],
    [
      'train.schedule={name: cosine, minimum: 0.001}',
      'the lowest rate is train.optimizer.learningRate itself: the rate stays as it is',
    ],
    [
      'train.schedule={name: cosine, warmUpStart: 0.1}',
      '0.1 is where a warm-up starts, and there is none (train.schedule.warmUp)',
    ],
    [
      'train.schedule={name: cosine, restarts: {first: {epochs: 2}}}',
      'a first cycle of 2 epochs is not shorter than training (2 epochs): the rate never starts again',
    ],
    [
      'train.progressive=[{size: 16, until: {epochs: 1}}, {size: 24, until: {epochs: 2}}]',
      '2 epochs is not before the end of training (2 epochs): images of 32×32 are never trained on',
    ],
    ['train.until={patience: 2}', 'a patience of 2 epochs in a training of 2 epochs never ends it'],
    [
      'checkpoint.every={epochs: 3}',
      '3 epochs is longer than training (2 epochs): a run that is killed has to start anew',
    ],
    [
      'train.optimizer={name: muon, adamw: {learningRate: 20}}',
      'a rate of 20 is likely to end in numbers that are not finite',
    ],
    [
      'train.schedule={name: cosine, warmUp: {epochs: 2}, warmUpStart: 1}',
      'a warm-up of 2 epochs in a training of 2 epochs from the full rate on: the rate stays as it is',
    ],
    [
      'train.schedule={name: exponential, every: {epochs: 2}}',
      '2 epochs are not over before the end of training (2 epochs): the rate stays as it is',
    ],
    [
      'train.schedule={name: exponential, every: {epochs: 1}, factor: 1e-9}',
      'a rate that is multiplied by 1e-9 once is as good as none from then on',
    ],
    [
      'train.schedule={name: step, at: [{epochs: 1}], factor: 1e-300}',
      'a rate that is multiplied by 1e-300 once is as good as none from then on',
    ],
    [
      'train.schedule={name: inverse-sqrt, timescale: {epochs: 21}}',
      'a timescale of 21 epochs in a training of 2 epochs: the rate hardly changes',
    ],
    [
      'train.until={patience: 1, minDelta: 1}',
      'val_top1 is a share: no epoch betters another by more than 1, and training ends after 1 epoch without',
    ],
    ['train.clipNorm=1e-20', 'gradients are cut to a length of 1e-20, which leaves next to nothing of any'],
    ['train.labelSmoothing=0.9', 'more than half of each label is what all classes have in common (0.9)'],
    [
      'train.labelSmoothing={from: 0.6, to: 0.9}',
      'more than half of each label is what all classes have in common (0.6)',
    ],
    ['model.dropout=0.99', 'a rate of 0.99 leaves less than 5 % to learn from'],
    ['model.dropConnect={from: 0.999, to: 0.99}', 'a rate of 0.99 leaves less than 5 % to learn from'],
    ['augment.colorJitter={brightness: [0, 0]}', 'every training image is black'],
    ['augment.colorJitter={contrast: [0, 0]}', 'every training image is of one grey'],
    ['data.validation=0.9', '0.9 of the images are held out, and the rest is trained on'],
    [
      'train.optimizer={name: sgd, learningRate: 100}',
      'a rate of 100 is likely to end in numbers that are not finite',
    ],
    ['data.cropFraction=1', '1 has no effect: data.resize is squeeze, and only crop cuts a centre out'],
    ['augment.shiftCrop=20', 'a shift by up to 20 pixels leaves little of images of 32×32'],
    ['augment.paddingMode=edge', 'nothing is padded where augment.shiftCrop is 0'],
    ['augment.rotation={degrees: 0}', 'nothing is turned by 0 degrees'],
    ['augment.colorJitter={}', 'no colour is changed where all four ranges are 0'],
    [
      'augment={policy: {name: rand-augment}, colorJitter: {hue: 0.1}}',
      'colours are changed twice, by augment.policy and by this',
    ],
    ['augment.randomScale=[1, 1]', 'nothing becomes larger or smaller by 1'],
    ['augment.randomErasing={probability: 0}', 'no rectangle is ever put out of sight with 0 here'],
    ['augment.randomErasing={scale: [1, 1]}', 'no rectangle is ever put out of sight with 1 here'],
    ['augment.mixup={probability: 0}', 'no batch is ever mixed so with 0 here'],
  ])('%s', (set, text) => {
    const { notes } = load([set]);
    expect(notes.map((note) => note.slice(note.indexOf(': ', 20) + 2)).join('\n')).toContain(text);
    expect(notes).toHaveLength(1);
  });

  it('with the place where it was written', () => {
    expect(load(['checkpoint.every={epochs: 3}']).notes[0]).toMatch(
      /^--set checkpoint\.every=\{epochs: 3\}: 3 epochs is/,
    );
  });

  it('where two keys say it together, and only there', () => {
    const texts = (...set: string[]) =>
      oddities(load(set).experiment).map(({ path, text }) => `${path.join('.')}: ${text}`);
    expect(texts('data.resize=pad', 'augment.randomResizedCrop={}')).toEqual([
      'augment.randomResizedCrop: crops of training are cut from the images without their bars; in validation and tests the bars are there (data.resize pad)',
    ]);
    for (const fine of [
      ['data.resize=pad'],
      ['augment.randomResizedCrop={}'],
      ['data.resize=crop', 'data.cropFraction=1'],
      ['augment.colorJitter={hue: 0.1}'],
      ['augment.policy={name: rand-augment}'],
    ])
      expect(texts(...fine), fine.join()).toEqual([]);
    expect(texts('augment.randomErasing={scale: [1, 1]}')[0]).toMatch(/^augment\.randomErasing\.scale: /);
    expect(texts('augment.randomErasing={probability: 0}')[0]).toMatch(
      /^augment\.randomErasing\.probability: /,
    );
  });

  it('of a training that is counted in steps', () => {
    const { notes } = load([
      'train.epochs=null',
      'train.steps=10',
      'train.schedule={name: cosine, warmUp: {steps: 8}}',
    ]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('a warm-up of 8 steps in a training of 10 steps is more than half of it');
  });

  it('such as mixing batches of one image', () => {
    const { notes } = load(['train.batchSize=1', 'augment.cutmix={}']);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('a batch of one image has no other to be mixed with');
  });

  it('where it takes the number of images, when that is known', () => {
    const { experiment, notes } = load([
      'train.ema=0.9999',
      'train.batchSize=100',
      'checkpoint.every={steps: 9}',
    ]);
    expect(notes).toEqual([]);
    expect(oddities(experiment, 400).map(({ path, text }) => `${path.join('.')}: ${text}`)).toEqual([
      'checkpoint.every: 9 steps is longer than training (2 epochs): a run that is killed has to start anew',
      'train.ema: after 8 steps a moving average with a decay of 0.9999 is 99 % the initial weights still',
    ]);
    expect(oddities(experiment, 99).map(({ path }) => path.join('.'))).toContain('train.batchSize');
    const accumulating = load(['train.batchSize=10', 'train.accumulate=5']).experiment;
    expect(oddities(accumulating, 40)).toEqual([
      {
        path: ['train', 'accumulate'],
        text: '5 batches of 10 are more than the 40 images to train on: each epoch is one step',
      },
    ]);
    expect(oddities(accumulating, 41)).toEqual([]);
    expect(oddities(load(['train.ema=0.9']).experiment, 4000)).toEqual([]);
    // Milestones of two units: ten steps an epoch.
    const milestones = (at: string) =>
      load(['train.batchSize=10', `train.schedule={name: step, at: [${at}]}`]).experiment;
    const disordered = milestones('{epochs: 1}, {steps: 9}, {steps: 15}');
    expect(oddities(disordered)).toEqual([]);
    expect(oddities(disordered, 100)).toEqual([
      {
        path: ['train', 'schedule', 'at', 1],
        text: '9 steps is step 9, and 1 epoch before it is step 10: both lower the rate when their time comes',
      },
    ]);
    expect(oddities(milestones('{epochs: 1}, {steps: 10}'), 100)).toHaveLength(1);
    expect(oddities(milestones('{epochs: 1}, {steps: 11}'), 100)).toEqual([]);
    const sizes = 'train.progressive=[{size: 32, until: {epochs: 1}}, {size: 48, until: {steps: 10}}]';
    const progressive = load(['train.batchSize=10', 'data.inputSize=64', sizes]).experiment;
    expect(oddities(progressive, 100)).toEqual([
      {
        path: ['train', 'progressive', 1, 'until'],
        text: '10 steps is step 10, and 1 epoch before it is step 10: images of 48×48 are never trained on',
      },
    ]);
    // One that warms up forgets the initial weights at once.
    expect(oddities(load(['train.ema={decay: 0.9999, warmUp: true}']).experiment, 400)).toEqual([]);
  });
});

it('no shipped config is odd', () => {
  const notes = shippedConfigs().flatMap((name) =>
    oddities(loadExperiment(`${SHIPPED_ROOT}${name}`).experiment),
  );
  expect(notes).toEqual([]);
});

describe('what cannot train is refused', () => {
  it.each([
    ...['beta1', 'beta2'].map((key) => `train.optimizer.${key}=1`),
    'train.optimizer.beta2=0.999999999',
    'train.optimizer={name: sgd, momentum: 1}',
    'train.optimizer={name: rmsprop, decay: 1}',
    'train.optimizer={name: lion, beta1: 1}',
    'train.optimizer.learningRate=0',
    'train.optimizer.learningRate=1e-300',
    'train.optimizer={name: lion, learningRate: 1e35}',
    'train.optimizer.epsilon=0',
    'train.optimizer.epsilon=1e-60',
    'train.optimizer.weightDecay=1000',
    'train.optimizer={name: muon, adamw: {learningRate: 1000, beta1: 0.9}, weightDecay: 0.01}',
    'train.optimizer={name: muon, learningRate: 1e-25, adamw: {learningRate: 1e6}}',
    'train.optimizer={name: muon, steps: 0}',
    'train.optimizer={name: lamb, weightDecay: 1000, decoupledDecay: true}',
    'train.optimizer={name: lamb, beta2: 1}',
    'train.accumulate=0',
    'train.accumulate=1.5',
    'train.ema={decay: 1}',
    'train.ema={warmUp: {gamma: 0}}',
    'train.ema={warmUp: {power: 2}}',
    'train.ema=1',
    'train.ema=0.999999999',
    'train.labelSmoothing=1',
    'train.clipNorm=1e-50',
    'train.epochs=1e12',
    'train.steps=1e12',
    'train.schedule={name: cosine, minimum: 0.01}',
    'train.schedule={name: plateau, minimum: 0.01}',
    'train.schedule={name: plateau, threshold: 1}',
    'train.schedule={name: plateau, factor: 1}',
    'train.schedule={name: step, factor: 0, at: [{epochs: 1}]}',
    'train.schedule={name: step, at: [{epochs: 2}, {epochs: 1}]}',
    'train.schedule={name: step, at: [{steps: 2}, {steps: 2}]}',
    'train.schedule={name: constant, warmUp: {epochs: 1e12}}',
    'checkpoint.every={steps: 1e15}',
    'augment.randomResizedCrop={scale: [0, 1]}',
    'augment.randomResizedCrop={scale: [1, 0.5]}',
    'augment.randomResizedCrop={ratio: [2, 1]}',
    'augment.randomResizedCrop={ratio: [1e-9, 1]}',
    'augment.shiftCrop=32',
    'augment.paddingMode=wrap',
    'augment.rotation={degrees: 181}',
    'augment.rotation={degrees: 10, fill: 256}',
    'augment.rotation={degrees: 10, fill: [0, 0]}',
    'augment.rotation={degrees: 10, interpolation: bicubic}',
    'augment.colorJitter={brightness: -0.1}',
    'augment.colorJitter={contrast: [1.2, 0.8]}',
    'augment.colorJitter={hue: 0.6}',
    'augment.colorJitter={hue: [-0.6, 0]}',
    'augment.grayscale=1.5',
    'augment.policy={name: rand-augment, magnitude: 31}',
    'augment.policy={name: rand-augment, numOps: 0}',
    'augment.policy={name: auto-augment, policy: cifar}',
    'augment.policy={name: trivial-augment-wide, numMagnitudeBins: 1}',
    'augment.randomScale=[2, 0.5]',
    'augment.randomScale=[0, 1]',
    'augment.randomErasing={scale: [0.5, 0.1]}',
    'augment.randomErasing={value: noise}',
    'augment.mixup={alpha: 0}',
    'augment.cutmix={probability: 1.1}',
    'augment={mixup: {probability: 0.7}, cutmix: {probability: 0.4}}',
    'data.scenes={train: 1e12}',
    'model.dropout=1',
    'model.dropConnect=1',
    'model.batchNorm.momentum=1',
    'model.batchNorm.epsilon=1e-40',
    'model.depthwiseKernel=1001',
    'model={family: resnet, dropout: 1}',
    'model={family: resnet, blocks: [3000, 1, 1, 1]}',
    'model={family: resnet, width: 1e9}',
    'model={family: rednet, spatial: {type: involution, dilation: 1e9}}',
    'model={family: xception, width: 1e6}',
    'model={family: wide-resnet, depth: 600004}',
  ])('%s', (set) => {
    configs.write('a.json', MINIMAL);
    const error = configs.error('a.json', { set: [set] });
    expect([error.exitCode, error.code]).toEqual([2, 'E_CONFIG_INVALID']);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0].where).toContain(`--set ${set}`);
  });

  it('in words that say why', () => {
    configs.write('a.json', MINIMAL);
    const what = (set: string) => configs.error('a.json', { set: [set] }).problems[0].what;
    expect(what('train.epochs=1e12')).toBe(
      'expected a whole number above 0 and up to 1000000 or null, received 1000000000000',
    );
    expect(what('train.optimizer.beta2=0.999999999')).toBe(
      'is 1 in the 32 bits that are computed with, received 0.999999999',
    );
    expect(what('train.optimizer.weightDecay=1000')).toMatch(/must stay below 1, received 0.001 × 1000$/);
    expect(what('train.schedule={name: cosine, minimum: 0.01}')).toMatch(
      /since the rate would climb, received 0.01$/,
    );
    expect(what('train.schedule={name: step, at: [{epochs: 2}, {epochs: 1}]}')).toBe(
      'each time must come after the one before it, received 1 after 2',
    );
    expect(what('augment.randomResizedCrop={scale: [1, 0.5]}')).toBe(
      'goes from the smaller to the larger value, received [1,0.5]',
    );
    expect(what('train.progressive=[{size: 33, until: {epochs: 1}}]')).toMatch(
      /^images must not be larger than data.inputSize \(32\)/,
    );
    expect(what('augment.shiftCrop=32')).toMatch(/^a shift must be less than data.inputSize \(32\)/);
    expect(what('augment={mixup: {probability: 0.7}, cutmix: {probability: 0.4}}')).toBe(
      'a batch is mixed in one way at most, so mixup.probability and cutmix.probability must not be more than 1 together ' +
        '(0.5 each draws between them), received 0.7 and 0.4',
    );
    expect(what('augment.policy={name: rand-augment, magnitude: 31}')).toBe(
      'must be below numMagnitudeBins (31), received 31',
    );
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { meaningOf, meantPaths } from './meanings.js';
import { allPaths } from './schema-walk.js';
import { experimentSchema } from './schema.js';
import { ConfigFolder, MINIMAL } from './testing.js';

const all = allPaths(experimentSchema);

it('every path that is meant is one', () => {
  expect(meantPaths.filter((path) => !all.includes(path))).toEqual([]);
});

it.each([
  ['lr', 'train.optimizer.learningRate'],
  ['learning_rate', 'train.optimizer.learningRate'],
  ['--num-epochs', 'train.epochs'],
  ['--epochs', 'train.epochs'],
  ['batch_size', 'train.batchSize'],
  ['BatchSize', 'train.batchSize'],
  ['weight-decay', 'train.optimizer.weightDecay'],
  ['arch', 'model.family'],
  ['dataset', 'data.name'],
  ['img_size', 'data.inputSize'],
  ['drop_path_rate', 'model.dropConnect'],
  ['amp', 'engine.mixedPrecision'],
  ['aa', 'augment.policy.name'],
  ['--reprob', 'augment.randomErasing.probability'],
  ['mixup_alpha', 'augment.mixup.alpha'],
  ['color-jitter', 'augment.colorJitter'],
  ['--pretrained', 'train.from'],
  ['load_from', 'train.from'],
  ['data-workers', 'data.workers'],
])('%s is %s', (word, path) => {
  expect(meaningOf(all, word)).toMatchObject({ paths: [path] });
});

it.each([
  ['--warmup-epochs', 'epochs'],
  ['num_warmup_steps', 'steps'],
  ['max_iters', 'steps'],
  ['warmup_ratio', 'share'],
  ['warmup', undefined],
])('%s counts in %s', (word, unit) => {
  expect(meaningOf(all, word)).toMatchObject({ unit });
});

it.each([
  ['--cuda', undefined, 'cuda'],
  ['--gpu', '0', 'cuda'],
  ['--gpus', '-1', 'cpu'],
  ['--use_cuda', '0', 'cpu'],
  ['--cpu', undefined, 'cpu'],
  ['--no-cuda', undefined, 'cpu'],
  ['--amp', 'O1', 'true'],
  ['--fp16', 'no', 'false'],
])('%s %s says %s', (word, typed, value) => {
  const meaning = meaningOf(all, word);
  expect(meaning && 'says' in meaning && meaning.says?.(typed)).toBe(value);
});

describe('a key of another tool', () => {
  let configs: ConfigFolder;
  beforeEach(() => {
    configs = new ConfigFolder();
  });
  afterEach(() => configs.remove());
  const hint = (extra: object): string | undefined => {
    configs.write('a.json', { ...MINIMAL, ...extra });
    const { problems } = configs.error('a.json');
    expect(problems).toHaveLength(1);
    return problems[0].try;
  };

  it.each([
    ['train.lr', { train: { epochs: 2, lr: 0.1 } }, 'did you mean "train.optimizer.learningRate"?'],
    ['batch_size', { batch_size: 3 }, 'did you mean "train.batchSize"?'],
    ['num_epochs', { num_epochs: 3 }, 'did you mean "train.epochs"?'],
    ['dataset', { dataset: 'cifar10' }, 'did you mean "data.name"?'],
    ['arch', { arch: 'resnet' }, 'did you mean "model.family"?'],
    [
      'a value that is none there',
      { train: { epochs: 2, warmup: 3 } },
      'did you mean "train.schedule.warmUp"? It takes { epochs: a number above 0 } or { steps: a whole number above 0 } or null',
    ],
    [
      'pretrained',
      { model: { family: 'resnet', pretrained: true } },
      'did you mean "train.from"? It takes weights to start from: a safetensors file, one of Keras, or the folder of a run; null: those of the seed',
    ],
    ['pretrained weights', { pretrained: 'w.safetensors' }, 'did you mean "train.from"?'],
    ['a GPU', { engine: { device: 'gpu' } }, 'did you mean "cuda"?'],
    ['momentum', { train: { epochs: 2, momentum: 0.9 } }, 'did you mean "train.optimizer.momentum"?'],
    [
      'num_classes',
      { model: { family: 'resnet', num_classes: 6 } },
      'remove it; the data tells how many classes there are',
    ],
    [
      'epoch where epochs belong',
      { checkpoint: { every: { epochs: 1 }, bset: 'val_loss' } },
      'did you mean "best"?',
    ],
  ])('%s', (_, extra, expected) => {
    expect(hint(extra)).toBe(expected);
  });

  it.each([
    ['train.optimizer={name:sgd,learningRate:0.1}', 'YAML wants a space after the colon: name: sgd'],
    ['train.schedule={name: step, at: [{epochs:3}]}', 'YAML wants a space after the colon: epochs: 3'],
    ['train.optimizer=sgd', 'write { name: sgd }'],
    ['augment.policy=randaugment', 'write { name: rand-augment }'],
    ['augment.mixup=0.2', 'write its keys, such as { alpha: 0.2 }'],
    ['augment.rotation=15', 'write its keys, such as { degrees: 15 }'],
    ['augment.rotation=500', undefined],
    ['augment.randomResizedCrop=0.5', undefined],
    ['train=3', undefined],
    ['model.removeStages=7', 'write a list: [7]'],
  ])('--set %s', (text, expected) => {
    configs.write('a.json', MINIMAL);
    const hints = configs.error('a.json', { set: [text] }).problems.map((each) => each.try);
    expect(hints).toContain(expected);
  });

  it('--set tells what is wrong with the YAML of a list, and bounds it', () => {
    configs.write('a.json', MINIMAL);
    const first = (text: string) => configs.error('a.json', { set: [text] }).problems[0];
    expect(first('model.removeStages=[7').what).toMatch(/flow sequence|flow collection/i);
    expect(first(`model.removeStages=${'['.repeat(900)}`).what).toBe('nested more than 64 levels deep');
    expect(first('data={name: scenes, name: intel}')).toMatchObject({
      what: 'the key "name" is given twice',
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigFolder, MINIMAL } from './testing.js';

let configs: ConfigFolder;
beforeEach(() => {
  configs = new ConfigFolder();
  configs.write('classes.json', MINIMAL);
  configs.write('masks.json', { ...MINIMAL, data: { name: 'scene-masks', inputSize: 32 } });
});
afterEach(() => configs.remove());

const problems = (name: string, ...set: string[]): string[] =>
  configs.error(name, { set }).problems.map(({ where, what }) => `${where?.split('=')[0]} | ${what}`);

describe('a config of masks has nothing of the classes of whole images', () => {
  it('is told so of each at once', () => {
    expect(
      problems(
        'masks.json',
        'augment.mixup={probability: 0.5}',
        'augment.cutmix={probability: 0.5}',
        'train.labelSmoothing=0.1',
        'train.onlineHardPixels={minKept: 1024}',
      ),
    ).toEqual([
      '--set augment.mixup | it mixes the classes of whole images, and scene-masks has masks',
      '--set augment.cutmix | it mixes the classes of whole images, and scene-masks has masks',
      '--set train.onlineHardPixels | it keeps all 1024 pixels of an image of data.inputSize (32), received 1024',
      '--set train.labelSmoothing | it is of the classes of whole images, and scene-masks has masks',
    ]);
  });

  it('and loads with what is of pixels', () => {
    const set = ['train.onlineHardPixels={minKept: 1023}', 'train.classWeights=[1, 2]'];
    const { train } = configs.load('masks.json', { set });
    expect(train).toMatchObject({ onlineHardPixels: { minKept: 1023 }, classWeights: [1, 2] });
  });
});

it('a config of classes has nothing of the pixels of masks', () => {
  expect(
    problems('classes.json', 'train.classWeights=[1, 2]', 'train.onlineHardPixels={minKept: 10}'),
  ).toEqual([
    '--set train.classWeights | it is of the pixels of masks, and scenes has none',
    '--set train.onlineHardPixels | it is of the pixels of masks, and scenes has none',
  ]);
});

it('no stage trains on images that are larger than they are read, and a shift leaves something of them', () => {
  const stages = (size: number) => `train.progressive=[{size: ${size}, until: {epochs: 1}}]`;
  expect(configs.load('classes.json', { set: [stages(32), 'augment.shiftCrop=31'] }).augment.shiftCrop).toBe(
    31,
  );
  expect(problems('classes.json', stages(33), 'augment.shiftCrop=32')).toEqual([
    '--set train.progressive | images must not be larger than data.inputSize (32), at which they are read, received 33',
    '--set augment.shiftCrop | a shift must be less than data.inputSize (32), or nothing of the image is left, received 32',
  ]);
});

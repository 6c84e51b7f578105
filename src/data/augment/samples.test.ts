import { expect, it } from 'vitest';
import { augment } from './options.js';
import { pattern } from './pattern.testing.js';
import { samplesOf } from './samples.js';

const titles = (config: object): string[] => samplesOf(augment.parse(config), 64).map(({ title }) => title);

it('there is none of what the augmented images show by themselves', () => {
  expect(titles({ shiftCrop: 4, randomResizedCrop: {}, randomErasing: {}, mixup: {} })).toEqual([]);
});

it('each operation is there once, at its strongest, with both ends of a range', () => {
  expect(titles({ policy: { name: 'rand-augment', magnitude: 30 } })).toEqual([
    ...['shearX 0.3', 'shearY 0.3', 'translateX 29', 'translateY 29', 'rotate 30', 'brightness 0.9'],
    ...['color 0.9', 'contrast 0.9', 'sharpness 0.9', 'posterize 4', 'solarize', 'autoContrast', 'equalize'],
  ]);
  const colorJitter = { brightness: 0.4, saturation: [2, 2], hue: 0.1 };
  expect(titles({ rotation: { degrees: 20 }, colorJitter, grayscale: 0.1 })).toEqual([
    ...[
      'rotation 20°',
      'brightness 0.6',
      'brightness 1.4',
      'saturation 2',
      'hue -0.1',
      'hue +0.1',
      'grayscale',
    ],
  ]);
});

it.each(['imagenet', 'cifar10', 'svhn'])('each changes an image: AutoAugment of %s', (policy) => {
  const config = augment.parse({ policy: { name: 'auto-augment', policy } });
  for (const { title, apply } of samplesOf(config, 64)) {
    const canvas = pattern(64, 30, 150);
    apply(canvas);
    expect(canvas.pixels, title).not.toEqual(pattern(64, 30, 150).pixels);
  }
});

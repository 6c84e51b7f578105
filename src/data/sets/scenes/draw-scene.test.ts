import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bitsAt, makeKey, permutation } from '../../../util/random.js';
import { drawScene, sceneClasses } from './draw-scene.js';

/** Images as rows of numbers around 0. */
function draw(split: string, count: number, size: number): Float32Array[] {
  const pixels = new Uint8Array(size * size * 3);
  return Array.from({ length: count }, (_, index) => {
    drawScene(pixels, size, index % sceneClasses.length, 0, split, index);
    return Float32Array.from(pixels, (value) => value / 127.5 - 1);
  });
}

/** Softmax regression on the pixels by stochastic gradient descent; returns the accuracy on the test images. */
function linearAccuracy(train: Float32Array[], test: Float32Array[], epochs: number): number {
  const classes = sceneClasses.length;
  const inputs = train[0]!.length;
  const weights = Array.from({ length: classes }, () => new Float32Array(inputs + 1));
  const scores = (image: Float32Array): number[] =>
    weights.map((w) => {
      let sum = w[inputs]!;
      for (let i = 0; i < inputs; i++) sum += w[i]! * image[i]!;
      return sum;
    });
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 0.3 / inputs / (1 + epoch / 4);
    for (const n of permutation(train.length, 'linear', epoch)) {
      const image = train[n]!;
      const logits = scores(image);
      const top = Math.max(...logits);
      const powers = logits.map((score) => Math.exp(score - top));
      const total = powers.reduce((a, b) => a + b);
      weights.forEach((w, c) => {
        const step = rate * ((n % classes === c ? 1 : 0) - powers[c]! / total);
        for (let i = 0; i < inputs; i++) w[i] = w[i]! + step * image[i]!;
        w[inputs] = w[inputs]! + step;
      });
    }
  }
  const right = test.filter((image, n) => {
    const logits = scores(image);
    return logits.indexOf(Math.max(...logits)) === n % classes;
  });
  return right.length / test.length;
}

describe('scenes', () => {
  it('have the six classes of the Intel set', () => {
    expect(sceneClasses).toEqual(['buildings', 'forest', 'glacier', 'mountain', 'sea', 'street']);
  });

  it('are a function of seed, split and index alone', () => {
    const image = (label: number, seed: number, split: string, index: number): string => {
      const pixels = new Uint8Array(24 * 24 * 3);
      drawScene(pixels, 24, label, seed, split, index);
      return createHash('sha256').update(pixels).digest('hex');
    };
    expect(image(2, 0, 'train', 5)).toBe(image(2, 0, 'train', 5));
    const others = [
      image(2, 1, 'train', 5),
      image(2, 0, 'test', 5),
      image(2, 0, 'train', 6),
      image(3, 0, 'train', 5),
    ];
    expect(new Set([image(2, 0, 'train', 5), ...others]).size).toBe(5);
  });

  // Published results were trained on these pixels. After a change on purpose: npx vitest run src/data/sets/scenes -u
  it('are these, for good: what is seen and its colour in every part of some scenes', async () => {
    const [size, side] = [24, 3];
    const lines = [...sceneClasses.keys()].flatMap((label) =>
      Array.from({ length: 12 }, (_, index) => {
        const [pixels, mask] = [new Uint8Array(size * size * 3), new Uint8Array(size * size)];
        drawScene(pixels, size, label, 7, 'train', index, mask);
        const places = Array.from({ length: size / side }, (_, i) => side * i + 1);
        const seen = places
          .map((y) => places.map((x) => mask[y * size + x]!.toString(36)).join(''))
          .join(' ');
        const shades = places.flatMap((y) =>
          places.map((x) => {
            let sum = 0;
            for (const dy of [-1, 0, 1]) {
              const start = ((y + dy) * size + x - 1) * 3;
              for (const value of pixels.subarray(start, start + 9)) sum += value;
            }
            return Math.round(sum / 27)
              .toString(16)
              .padStart(2, '0');
          }),
        );
        return `${sceneClasses[label]} ${index}\n${seen}\n${shades.join('')}\n`;
      }),
    );
    await expect(lines.join('')).toMatchFileSnapshot('draw-scene.golden.txt');
  });

  it('show the same scene at any size', () => {
    const small = new Uint8Array(16 * 16 * 3);
    const large = new Uint8Array(96 * 96 * 3);
    for (let label = 0; label < 6; label++) {
      drawScene(small, 16, label, 0, 'train', label);
      drawScene(large, 96, label, 0, 'train', label);
      // The middle of each pixel of the small image is a pixel of the large one, save for the grain.
      let difference = 0;
      for (let y = 0; y < 16; y++) {
        for (let x = 0; x < 16; x++)
          difference += Math.abs(small[(y * 16 + x) * 3]! - large[((6 * y + 3) * 96 + 6 * x + 3) * 3]!);
      }
      expect(difference / 256).toBeLessThan(40);
    }
  });

  it('give a linear model on the pixels little to go by', () => {
    const accuracy = linearAccuracy(draw('train', 3000, 32), draw('test', 600, 32), 5);
    expect(accuracy).toBeLessThan(0.6);
    expect(accuracy).toBeGreaterThan(1 / 6);
  });

  it('would let a linear model learn if colour gave the class away', () => {
    const tinted = (images: Float32Array[]): Float32Array[] =>
      images.map((image, n) =>
        image.map(
          (value, i) => value + (i % 3 === n % 3 ? 0.4 : 0) + ((bitsAt(makeKey(n), i) & 1) - 0.5) * 0.1,
        ),
      );
    const accuracy = linearAccuracy(tinted(draw('train', 300, 16)), tinted(draw('test', 120, 16)), 8);
    expect(accuracy).toBeGreaterThan(0.3);
  });
});

import { describe, expect, it } from 'vitest';
import type { Predictor } from '../../train/predictor.js';
import { hasViews, PLAIN, viewsSuffix, withViews } from './views.js';

const SIZE = 3;
/** One channel of an image of 3×3 pixels; the others are 0. */
const image = (rows: readonly (readonly number[])[]): Float32Array =>
  Float32Array.from(rows.flat().flatMap((value) => [value, 0, 0]));
const LETTERED = image([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);
const reds = (images: Float32Array): string =>
  Array.from({ length: images.length / 3 }, (_, i) => images[i * 3]).join('');

/** Answers with the value in the upper left corner of each image, and notes what it was asked about. */
function corners(): { readonly predictor: Predictor; readonly asked: string[] } {
  const asked: string[] = [];
  const outputs = (images: Float32Array, count: number): Promise<Float32Array> => {
    asked.push(reds(images));
    return Promise.resolve(Float32Array.from({ length: count }, (_, i) => images[i * SIZE * SIZE * 3]));
  };
  return { predictor: { outputs, dispose: () => undefined }, asked };
}
const mean = (outputs: readonly Float32Array[]): Float32Array =>
  outputs[0].map((_, i) => outputs.reduce((sum, output) => sum + output[i], 0) / outputs.length);

const TASK = { mean, target: { shape: [], dtype: 'int32' } } as const;

describe('views of an image', () => {
  it('that are one alone leave the predictor as it is', () => {
    const { predictor } = corners();
    expect(withViews(predictor, TASK, PLAIN)).toBe(predictor);
    expect(hasViews(PLAIN)).toBe(false);
    expect(viewsSuffix(PLAIN)).toBe('');
  });

  it('with its mirror image are two, with the same weight', async () => {
    const { predictor, asked } = corners();
    const views = { flips: true, shift: 0 };
    const of = withViews(predictor, TASK, views);
    expect([...(await of.outputs(LETTERED, 1, SIZE))]).toEqual([2]);
    expect(asked).toEqual(['123456789', '321654987']);
    expect(viewsSuffix(views)).toBe('-flips');
  });

  it('that are moved have half the weight, and are mirrored at the border', async () => {
    const { predictor, asked } = corners();
    const views = { flips: true, shift: 1 };
    const of = withViews(predictor, TASK, views);
    const [value] = await of.outputs(LETTERED, 1, SIZE);
    // Up and left, its mirror image; down and right, its mirror image.
    expect(asked).toEqual(['123456789', '321654987', '565898565', '565898565', '545212545', '545212545']);
    expect(value).toBe(((1 + 3) / 2 + (5 + 5 + 5 + 5) / 4) / 2);
    expect(viewsSuffix(views)).toBe('-flips-shift-1');
  });

  it('that have nothing left of the image are refused', async () => {
    const of = withViews(corners().predictor, TASK, { flips: false, shift: 3 });
    await expect(of.outputs(LETTERED, 1, SIZE)).rejects.toMatchObject({
      exitCode: 2,
      message: 'nothing is left of an image of 3×3 pixels that is moved by 3',
    });
  });

  it('that say something of each pixel are mirrored back, and not moved', async () => {
    const task = { mean, target: { ...TASK.target, perPixel: true } } as const;
    // Two channels: the pixel itself, and how many columns are left of it.
    const outputs = (images: Float32Array): Promise<Float32Array> => {
      const pixels = Array.from({ length: images.length / 3 }, (_, i) => i);
      return Promise.resolve(Float32Array.from(pixels.flatMap((i) => [images[i * 3], i % SIZE])));
    };
    const predictor: Predictor = { outputs, dispose: () => undefined };
    const both = await withViews(predictor, task, { flips: true, shift: 0 }).outputs(LETTERED, 1, SIZE);
    expect([...both].filter((_, i) => i % 2 === 0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...both].filter((_, i) => i % 2 === 1)).toEqual(Array.from({ length: 9 }, () => 1));
    expect(() => withViews(predictor, task, { flips: true, shift: 1 })).toThrow('says nothing of the pixels');
  });

  it('are each image of a batch for itself', async () => {
    const { predictor } = corners();
    const other = LETTERED.map((value) => value * 10);
    const both = Float32Array.from([...LETTERED, ...other]);
    const views = { flips: false, shift: 1 };
    const outputs = await withViews(predictor, TASK, views).outputs(both, 2, SIZE);
    expect([...outputs]).toEqual([(1 + 5) / 2, (10 + 50) / 2]);
    expect(viewsSuffix(views)).toBe('-shift-1');
  });
});

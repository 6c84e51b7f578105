import { expect, it } from 'vitest';
import { mostOf, rangeOf } from '../heat-map.js';
import { attentionPicture, framedPicture, gradCamPicture, heatPicture, signedPicture } from './heat.js';
import { blank, enlarged, type Picture } from './picture.js';
import { sheetOf } from './png.js';

const heat = (values: number[], width = values.length) => ({
  height: values.length / width,
  width,
  values: Float32Array.from(values),
});
const colour = ({ width, pixels }: Picture, x: number, y = 0): number[] => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

it('a heat map goes from dark violet to yellow; what is not finite stands out', () => {
  const picture = heatPicture(heat([-1, 0, 1, NaN]));
  expect([0, 1, 2, 3].map((x) => colour(picture, x))).toEqual([
    [0x44, 0x01, 0x54],
    [0x21, 0x90, 0x8d],
    [0xfd, 0xe7, 0x25],
    [255, 0, 255],
  ]);
  expect(colour(heatPicture(heat([2, 2])), 0)).toEqual([0x21, 0x90, 0x8d]);
});

it('one number of a thousand does not make the others look alike', () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i === 500 ? 1e6 : i / 1000));
  expect(rangeOf(heat(values))[1]).toBe(1e6);
  const [low, high] = mostOf(heat(values));
  expect(low).toBeCloseTo(0.009, 6);
  expect(high).toBeCloseTo(0.991, 2);
  expect(mostOf(heat([NaN]))).toEqual([0, 0]);
});

it('numbers of both signs are blue and red by their size, 0 is nearly white', () => {
  const picture = signedPicture(heat([-2, 0, 1, 2]));
  expect(colour(picture, 0)).toEqual([0x21, 0x66, 0xac]);
  expect(colour(picture, 1)).toEqual([0xf7, 0xf7, 0xf7]);
  expect(colour(picture, 3)).toEqual([0xb2, 0x18, 0x2b]);
  const [red, , blue] = colour(picture, 2);
  expect(red).toBeGreaterThan(blue!);
});

it('Grad-CAM leaves the image grey where nothing speaks for the class', () => {
  const image = blank(4, 4, 100);
  expect(gradCamPicture(image, heat([0, 0, 0, 0], 2)).pixels).toEqual(image.pixels);
  const picture = gradCamPicture(image, heat([0, 0, 0, 5], 2));
  expect(colour(picture, 0, 0)).toEqual([100, 100, 100]);
  expect(colour(picture, 3, 3)[0]).toBeGreaterThan(200);
});

it('attention frames the place that looks, and lights up what it looks at', () => {
  const picture = attentionPicture(blank(8, 8, 200), heat([0, 1, 0, 0], 2), { row: 1, column: 0 });
  expect(picture.width).toBe(16);
  expect(colour(picture, 0, 8)).toEqual([0, 229, 255]);
  expect(colour(picture, 7, 15)).toEqual([0, 229, 255]);
  expect(colour(picture, 1, 9)).toEqual([90, 90, 90]);
  expect(colour(picture, 12, 2)[0]).toBeGreaterThan(200);
});

it('frames stay within the image, which itself does not change', () => {
  const image = blank(6, 6, 10);
  const framed = framedPicture(image, [{ x: 0, y: 5 }]);
  expect(colour(framed, 1, 4)).toEqual([0, 229, 255]);
  expect(image.pixels.every((level) => level === 10)).toBe(true);
});

it('a sheet enlarges small pictures by whole numbers and puts them in rows', () => {
  expect(colour(enlarged(heatPicture(heat([0, 1])), 3), 3, 2)).toEqual([0xfd, 0xe7, 0x25]);
  const sheet = sheetOf([blank(7, 7, 0), blank(64, 64, 0), blank(7, 7, 0)], 2);
  // 133 is 19 times 7.
  expect([sheet.width, sheet.height]).toEqual([8 + 2 * (133 + 8), 8 + 2 * (133 + 8)]);
  expect(colour(sheet, 8, 8 + 133 + 8)).toEqual([0, 0, 0]);
  expect(colour(sheet, 8 + 133 + 8, 8 + 133 + 8)).toEqual([255, 255, 255]);
});

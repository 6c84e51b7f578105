import { describe, expect, it } from 'vitest';
import { classColor } from '../data/masks/palette.js';
import { IGNORED } from '../data/target.js';
import { WRONG } from '../tasks/segmentation/pictures.js';
import type { Picture } from './draw/picture.js';
import { MaskOfImage, maskPanels } from './masks.js';

const CLASSES = ['sky', 'sea', 'boat'];
const NOTHING = [NaN, NaN, NaN];
/** Of 3×2 pixels: two of the sea, three of the sky, one of nothing. */
const LOGITS = [1, 1, 0, 0, 0].flatMap((said) => CLASSES.map((_, c) => (c === said ? 2 : 0)));
const mask = (): MaskOfImage => new MaskOfImage(Float32Array.from([...LOGITS, ...NOTHING]), CLASSES);
const picture: Picture = { width: 3, height: 2, pixels: new Uint8Array(18).fill(60) };
const pixelsOf = ({ pixels }: Picture): number[][] =>
  Array.from({ length: 6 }, (_, p) => [...pixels.subarray(3 * p, 3 * p + 3)]);
const PALE = [158, 158, 158];

describe('what is said of each pixel', () => {
  it('has its classes by their number of pixels', () => {
    expect([...mask().said]).toEqual([1, 1, 0, 0, 0, -1]);
    expect(mask().mostSaid).toBe(0);
    expect(mask().byShare).toEqual([
      { index: 0, share: 1 / 2 },
      { index: 1, share: 1 / 3 },
    ]);
    expect(mask().pixelsOf(1)).toBe('over the 2 pixels said to be it (33.3 %)');
    expect(mask().pixelsOf(2)).toBe('over all pixels, since none is said to be it');
    expect(new MaskOfImage(Float32Array.from(NOTHING), CLASSES).mostSaid).toBe(0);
  });

  it('is drawn, alone and beside the truth', () => {
    const [alone, classes] = maskPanels(picture, mask(), undefined);
    const [sky, sea, border] = [0, 1, IGNORED].map((c) => [...classColor(c)]);
    expect(alone!.tiles.map(({ caption }) => caption)).toEqual(['prediction']);
    expect(pixelsOf(alone!.tiles[0]!.picture)).toEqual([sea, sea, sky, sky, sky, border]);
    expect(classes!.tiles.map(({ caption }) => caption)).toEqual(['sky: 50.0 %', 'sea: 33.3 %']);
    expect(classes!.text).toContain('2 of 2 classes');
    expect(pixelsOf(classes!.tiles[1]!.picture)).toEqual([sea, sea, PALE, PALE, PALE, PALE]);

    const [beside] = maskPanels(picture, mask(), Uint8Array.of(1, 0, 0, 0, IGNORED, 2));
    expect(beside!.tiles.map(({ caption }) => caption)).toEqual([
      'truth',
      'prediction',
      'wrong: 40.0 % of the pixels',
    ]);
    expect(pixelsOf(beside!.tiles[0]!.picture)).toEqual([sea, sky, sky, sky, border, [...classColor(2)]]);
    expect(pixelsOf(beside!.tiles[2]!.picture)).toEqual([PALE, [...WRONG], PALE, PALE, border, [...WRONG]]);
    const [none] = maskPanels(picture, mask(), new Uint8Array(6).fill(IGNORED));
    expect(none!.tiles[2]!.caption).toBe('no pixel counts');
  });
});

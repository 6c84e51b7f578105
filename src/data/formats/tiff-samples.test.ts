import { describe, expect, it } from 'vitest';
import { tiffSamples } from './tiff-samples.js';
import { tiffBytes } from './tiff.testing.js';

const whole = tiffBytes({
  ...{ side: 4, bands: 4, bits: 16, photometric: 2, extra: [2] },
  samples: () => [1, 2, 3, 4],
});

/** The place of a tag in the first list of tags, which begins behind ten bytes. */
const placeOf = (tag: number): number => {
  let at = 10;
  while (whole.readUInt16LE(at) !== tag) at += 12;
  return at;
};

describe('tiffSamples', () => {
  it('reads the tags', () => {
    expect(tiffSamples(whole)).toEqual({
      ...{ width: 4, height: 4, samples: 4, bits: 16, format: 'unsigned', colours: 3, extra: 'alpha' },
      ...{ compression: 1, photometric: 2 },
    });
  });

  it.each([256, 257])('is nothing without tag %d, the width or the height', (tag) => {
    const without = Buffer.from(whole);
    without.writeUInt16LE(60_000, placeOf(tag));
    expect(tiffSamples(without)).toBeNull();
  });

  it('is nothing where the tags end, or point, behind the end', () => {
    for (let size = 2; size < 10; size++) expect(tiffSamples(whole.subarray(0, size)), `${size}`).toBeNull();
    expect(tiffSamples(whole.subarray(0, 60))).toBeNull();
    const astray = Buffer.from(whole);
    astray.writeUInt32LE(1_000_000, placeOf(258) + 8);
    expect(tiffSamples(astray)).toBeNull();
  });

  it('is nothing of other files', () => {
    expect(tiffSamples(Buffer.from('II is no TIFF, and long enough for one'))).toBeNull();
    expect(tiffSamples(Buffer.alloc(0))).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { rotation, transform } from './affine.js';
import { brightness, contrast, saturation, sharpness } from './enhance.js';
import { grayscale } from './grayscale.js';
import { turnHue } from './hue.js';
import { digest, hex, pattern, smallPattern } from './pattern.testing.js';
import golden from './pillow.golden.json' with { type: 'json' };
import { applyOperation, operations, type OperationName } from './policies/operations.js';
import { shiftCrop } from './shift-crop.js';

const NEAREST = { interpolation: 'nearest', fill: [0, 0, 0] } as const;
const BILINEAR = { interpolation: 'bilinear', fill: [10, 120, 250] } as const;
const names = Object.keys(operations) as OperationName[];

describe('an operation has the bits of Pillow', () => {
  it.each(names)('%s', (operation) => {
    const { magnitude, pixels } = golden.pixels[operation];
    const small = smallPattern();
    applyOperation(small, { operation, magnitude }, NEAREST);
    expect(hex(small.pixels)).toBe(pixels);
    // Each golden tells it from doing nothing, but the one of what does nothing to 64 pixels.
    if (!['identity', 'equalize'].includes(operation)) expect(pixels).not.toBe(hex(smallPattern().pixels));

    for (const [strength, size, least, span, expected] of golden.operations[operation]) {
      const canvas = pattern(size as number, least as number, span as number);
      applyOperation(canvas, { operation, magnitude: strength as number }, NEAREST);
      expect(digest(canvas.pixels), `${operation} by ${strength} of ${size}×${size}`).toBe(expected);
    }
  });

  it.each(Object.entries(golden.bilinear))('%s between pixels, filled', (operation, cases) => {
    for (const [magnitude, expected] of cases) {
      const canvas = pattern(33);
      applyOperation(
        canvas,
        { operation: operation as OperationName, magnitude: magnitude as number },
        BILINEAR,
      );
      expect(digest(canvas.pixels), `${operation} by ${magnitude}`).toBe(expected);
    }
  });

  it('hue', () => {
    const { pixels } = smallPattern();
    turnHue(pixels, -0.37);
    expect(hex(pixels)).toBe(golden.hue.pixels);
    for (const [factor, expected] of golden.hue.factors) {
      const canvas = pattern(64);
      turnHue(canvas.pixels, factor as number);
      expect(digest(canvas.pixels), `by ${factor}`).toBe(expected);
    }
  });

  it('grayscale', () => {
    const { pixels } = smallPattern();
    grayscale(pixels);
    expect(hex(pixels)).toBe(golden.grayscale);
  });

  it.each(['constant', 'edge', 'reflect', 'symmetric'] as const)('padding: %s', (mode) => {
    for (const { dx, dy, pixels } of golden.padding[mode]) {
      const { pixels: from } = smallPattern();
      const to = new Uint8Array(from.length).fill(77);
      shiftCrop(from, to, 8, { dx, dy }, mode);
      expect(hex(to), `by ${dx}, ${dy}`).toBe(pixels);
    }
  });
});

describe('what follows from the definitions', () => {
  it.each(Object.entries({ brightness, contrast, saturation, sharpness }))(
    '%s by 1 is the image',
    (_, enhance) => {
      const canvas = pattern(16);
      enhance(canvas, 1);
      expect(canvas.pixels).toEqual(pattern(16).pixels);
    },
  );

  it.each(['nearest', 'bilinear'] as const)('four quarter turns are none: %s', (interpolation) => {
    const canvas = pattern(17);
    for (let i = 0; i < 4; i++) transform(canvas, rotation(90, 17), interpolation, [1, 2, 3]);
    expect(canvas.pixels).toEqual(pattern(17).pixels);
  });

  it('a quarter turn is counter-clockwise: the right edge comes to the top', () => {
    const { pixels } = pattern(4);
    const canvas = pattern(4);
    transform(canvas, rotation(90, 4), 'nearest', [0, 0, 0]);
    const right = [0, 1, 2, 3].flatMap((y) => [...pixels.subarray((y * 4 + 3) * 3, (y * 4 + 4) * 3)]);
    expect([...canvas.pixels.subarray(0, 12)]).toEqual(right);
  });

  it('an image without colours has none in any hue', () => {
    const canvas = pattern(16);
    grayscale(canvas.pixels);
    const grey = Uint8Array.from(canvas.pixels);
    turnHue(canvas.pixels, 0.3);
    expect(canvas.pixels).toEqual(grey);
  });

  it('mirroring at the edge is the same as wrapping a mirrored copy around it', () => {
    const { pixels } = pattern(6);
    const to = new Uint8Array(pixels.length);
    for (let dx = -5; dx <= 5; dx++) {
      shiftCrop(pixels, to, 6, { dx, dy: 0 }, 'symmetric');
      const row = Array.from({ length: 6 }, (_, x) => (((x - dx) % 12) + 12) % 12).map((x) =>
        x < 6 ? x : 11 - x,
      );
      expect([...to.subarray(0, 18)]).toEqual(row.flatMap((x) => [...pixels.subarray(x * 3, x * 3 + 3)]));
    }
  });
});

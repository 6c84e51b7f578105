import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../sample-data.testing.js';
import { BadImageError } from '../source.js';
import { decodeImage, decodeNative } from './decode-image.js';
import { tiffBytes } from './tiff.testing.js';

const side = 16;
const dir = temporaryFolder();
const ramp = (x: number): number => x * 16;

function written(name: string, bytes: Buffer | string): string {
  writeFileSync(join(dir, name), bytes);
  return join(dir, name);
}

/** The pixel of the second column, and what was left out. */
async function decoded(file: string): Promise<{ pixel: number[]; remarks: readonly string[] }> {
  const out = new Uint8Array(side * side * 3);
  const remarks = await decodeImage(file, side, out);
  const native: number[] = [];
  const found = await decodeNative(file, (pixels) => native.push(...pixels));
  // Unresized, both ways say the same.
  expect(native).toEqual([...out]);
  expect(found).toEqual({ width: side, height: side, remarks });
  return { pixel: [...out.subarray(3, 6)], remarks };
}

async function refusal(file: string): Promise<BadImageError> {
  const out = new Uint8Array(side * side * 3);
  const error: unknown = await decodeImage(file, side, out).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BadImageError);
  return error as BadImageError;
}

describe('the bands of a TIFF', () => {
  const rgb = { side, bits: 8, photometric: 2 } as const;
  const grey = { side, bits: 8, photometric: 1 } as const;
  const left = 'the others are not said to be transparency';

  it.each(['II', 'MM'] as const)(
    'are red, green, blue, and near infrared is none of them (%s)',
    async (byteOrder) => {
      const samples = (x: number): number[] => [ramp(x), 100, 50, 200 - x];
      const file = written('4.tif', tiffBytes({ ...rgb, byteOrder, bands: 4, extra: [0], samples }));
      expect(await decoded(file)).toEqual({
        pixel: [16, 100, 50],
        remarks: [`the first 3 bands are taken of 4; ${left}`],
      });
    },
  );

  it('are transparency where the file says so', async () => {
    const samples = (x: number): number[] => [ramp(x), 100, 50, 0];
    const file = written('a.tif', tiffBytes({ ...rgb, bands: 4, extra: [2], samples }));
    expect(await decoded(file)).toEqual({ pixel: [255, 255, 255], remarks: [] });
  });

  it('are grey, and the second is nothing', async () => {
    const samples = (x: number): number[] => [ramp(x), 128];
    const file = written('2.tif', tiffBytes({ ...grey, bands: 2, extra: [0], samples }));
    expect(await decoded(file)).toEqual({
      pixel: [16, 16, 16],
      remarks: [`the first band is taken of 2; ${left}`],
    });
  });

  it('are refused where nobody says which are the colours', async () => {
    const samples = (x: number): number[] => [ramp(x), 10, 20, 30, 40];
    const file = written('5.tif', tiffBytes({ ...grey, bands: 5, extra: [0, 0, 0, 0], samples }));
    expect((await refusal(file)).message).toMatch(
      /^5 bands, and which of them are red, green and blue is not said; take/,
    );
  });

  it('have 16 bits from black to white; fewer are told', async () => {
    const deep =
      (most: number) =>
      (x: number): number[] => [Math.round((ramp(x) / 255) * most)];
    const full = written('16.tif', tiffBytes({ ...grey, bits: 16, bands: 1, samples: deep(65_535) }));
    expect(await decoded(full)).toEqual({ pixel: [16, 16, 16], remarks: [] });
    const twelve = written('12.tif', tiffBytes({ ...grey, bits: 16, bands: 1, samples: deep(4_095) }));
    expect(await decoded(twelve)).toEqual({
      pixel: [1, 1, 1],
      remarks: [
        'no 16-bit value is above 4,095, so that it is nearly black: data of 12 bits must be scaled to 65,535',
      ],
    });
  });

  it.each([
    [3, 'samples of 32 bits, floating-point: which values are black and white is not said; '],
    [1, 'samples of 32 bits, unsigned: which values are black and white is not said; '],
    [2, 'samples of 32 bits, signed: which values are black and white is not said; '],
  ])('are refused where black and white could be anything (format %s)', async (format, words) => {
    const file = written('f.tif', tiffBytes({ ...grey, bits: 32, format, bands: 1, samples: (x) => [x] }));
    expect((await refusal(file)).message).toMatch(new RegExp(`^${words}scale them`));
  });
});

describe('an image that is sound, and coded in a way that is not read', () => {
  const parts = { side, bands: 3, bits: 8, photometric: 2, samples: (x: number) => [ramp(x), 0, 0] } as const;
  const raw = /which is not read; to convert: darktable-cli (\S+)\.tif \1\.jpg$/;

  it.each([
    ['old-style JPEG', 6, 'magick'],
    ['PixarLog', 32909, 'magick'],
    ['JBIG', 34661, 'magick'],
    ['JPEG 2000', 33005, 'vips copy'],
    ['JPEG 2000', 34712, 'vips copy'],
    ['LERC', 34887, 'magick'],
    ['LZMA', 34925, 'magick'],
    ['ZSTD', 50000, 'magick'],
    ['JPEG XL', 50002, 'gdal_translate'],
  ])('is told of a TIFF with %s (%d)', async (name, compression, program) => {
    const file = written('packed.tif', tiffBytes({ ...parts, compression }));
    expect((await refusal(file)).message).toBe(
      `TIFF with ${name} compression, which is not read; to convert: ${program} ${file} ${file.replace('.tif', '.png')}`,
    );
  });

  it('is told of what a camera sensor saw', async () => {
    const grey = { ...parts, bands: 1, bits: 16, samples: (x: number) => [x] } as const;
    const filters = (await refusal(written('cfa.tif', tiffBytes({ ...grey, photometric: 32803 })))).message;
    expect(filters).toMatch(/^TIFF of what a camera sensor saw through its colour filters \(CFA\), /);
    expect(filters).toMatch(raw);
    const linear = (await refusal(written('lin.tif', tiffBytes({ ...parts, photometric: 34892 })))).message;
    expect(linear).toMatch(/^TIFF of what a camera sensor saw \(linear raw\), /);
    expect(linear).toMatch(raw);
  });

  it('is told of 12 bits a sample', async () => {
    const scale = 'gdal_translate -ot Byte -scale 0 4095 0 255';
    const deep = written('12.tif', tiffBytes({ ...parts, bits: 12 }));
    expect((await refusal(deep)).message).toBe(
      `TIFF of 12 bits a sample, which is not read; to convert: ${scale} ${deep} ${deep.replace('.tif', '.png')}`,
    );
    // A large one is not read as a whole, and has its tags at its end.
    const small = tiffBytes({ ...parts, bits: 12 });
    const large = Buffer.concat([small, Buffer.alloc(9 * 1024 * 1024), small.subarray(8)]);
    large.writeUInt32LE(large.length - small.length + 8, 4);
    expect((await refusal(written('large.tif', large))).message).toMatch(/^TIFF of 12 bits a sample, /);
    const file = written('12.jpg', await jpegWith(4, 12));
    expect((await refusal(file)).message).toBe(
      `JPEG of 12 bits a sample, which is not read; to convert: ${scale} ${file} ${file.replace('.jpg', '.png')}`,
    );
  });

  it('is told with a command that fits any file, where it is no file of its own', async () => {
    const out = new Uint8Array(side * side * 3);
    const bytes = tiffBytes({ ...parts, compression: 50000 });
    await expect(decodeImage(bytes, side, out)).rejects.toThrow(
      'TIFF with ZSTD compression, which is not read; to convert: magick IN OUT.png',
    );
  });

  it('is none where nobody knows what it says of itself', async () => {
    const unknown = written('unknown.tif', tiffBytes({ ...parts, compression: 12_345 }));
    expect((await refusal(unknown)).message).toMatch(/^damaged \(.*12345 .* not implemented\)$/);
    const seven = written('7.jpg', await jpegWith(4, 7));
    expect((await refusal(seven)).message).toMatch(/^damaged \(.*Unsupported JPEG data precision 7\)$/);
  });

  it('is named as it is called, in another format too', async () => {
    const bytes = Buffer.alloc(60);
    bytes.write('BM');
    bytes.writeUInt32LE(40, 14);
    const file = written("it's 1.jpg", bytes);
    expect((await refusal(file)).message).toBe(
      `BMP, which is not read; to convert: magick '${dir}/it'\\''s 1.jpg' '${dir}/it'\\''s 1.png'`,
    );
  });
});

describe('an image', () => {
  it('of several frames is its first, which is told', async () => {
    const frame = (value: number): Buffer => Buffer.alloc(side * side * 3, value);
    const pages = Buffer.concat([frame(16), frame(200)]);
    const raw = { width: side, height: 2 * side, channels: 3, pageHeight: side } as const;
    const file = join(dir, 'animated.gif');
    await sharp(pages, { raw })
      .gif({ loop: 0, delay: [100, 100] })
      .toFile(file);
    expect(await decoded(file)).toEqual({
      pixel: [16, 16, 16],
      remarks: ['the first of several frames or pages is taken'],
    });
  });

  it('in pieces has the pixels of the whole', async () => {
    const [width, height] = [8_100, 8_000];
    const create = { width, height: height - 3_000, channels: 3 as const, background: '#102030' };
    const file = join(dir, 'wide.png');
    const extended = sharp({ create }).extend({ bottom: 3_000, background: '#405060' });
    await extended.png({ compressionLevel: 1 }).toFile(file);
    let rows = 0;
    const found = await decodeNative(file, (pixels) => {
      expect(pixels.length).toBeLessThanOrEqual(64_000_000 * 3);
      for (let at = 0; at < pixels.length; at += 3 * width) {
        const expected = rows++ < height - 3_000 ? [16, 32, 48] : [64, 80, 96];
        expect([...pixels.subarray(at, at + 3)]).toEqual(expected);
      }
    });
    expect([found.width, found.height, rows]).toEqual([width, height, height]);
  });

  it('that is too large is told so, before it is decoded', async () => {
    const grey = Buffer.alloc(13);
    grey.writeUInt32BE(17_000, 0);
    grey.writeUInt32BE(17_000, 4);
    grey.writeUInt8(8, 8);
    const whole = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const start = Buffer.concat([Buffer.from('IHDR'), grey]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(start));
    const png = Buffer.concat([whole.subarray(0, 12), start, sum, whole.subarray(33)]);
    expect((await refusal(written('large.png', png))).message).toMatch(
      /^too large: 17000×17000 are 289 million pixels, and at most 268 million are read; make it smaller: /,
    );
  });
});

describe('what is no file', () => {
  it('is never opened', async () => {
    mkdirSync(join(dir, 'folder.png'));
    expect((await refusal(join(dir, 'folder.png'))).message).toBe('a folder, not a file');
    symlinkSync('/dev/zero', join(dir, 'zero.png'));
    expect((await refusal(join(dir, 'zero.png'))).message).toBe('a socket or a device, not a file');
    execFileSync('mkfifo', [join(dir, 'pipe.png')]);
    expect((await refusal(join(dir, 'pipe.png'))).message).toBe('a pipe, not a file');
  });

  it('is told in words', async () => {
    symlinkSync('nowhere.png', join(dir, 'dangling.png'));
    expect((await refusal(join(dir, 'dangling.png'))).message).toBe('cannot be read: it is not there');
    symlinkSync('itself.png', join(dir, 'itself.png'));
    expect((await refusal(join(dir, 'itself.png'))).message).toBe(
      'cannot be read: a link that leads to itself',
    );
    const long = await refusal(join(dir, `${'x'.repeat(300)}.png`));
    expect(long.message).toBe('cannot be read: a name that is too long for this system');
  });
});

/** A JPEG of which a byte behind the marker of its frame is another. */
async function jpegWith(behind: number, value: number): Promise<Buffer> {
  const create = { width: side, height: side, channels: 3 as const, background: '#123456' };
  const bytes = await sharp({ create }).jpeg().toBuffer();
  bytes[bytes.indexOf(Buffer.from([0xff, 0xc0])) + behind] = value;
  return bytes;
}

/** As PNG has it (RFC 2083, appendix 15). */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

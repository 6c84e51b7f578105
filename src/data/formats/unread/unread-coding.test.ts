import { describe, expect, it } from 'vitest';
import { tiffBytes } from '../tiff.testing.js';
import { unreadCoding } from './unread-coding.js';

const of = (bytes: Buffer) => (): Promise<Buffer> => Promise.resolve(bytes);
const LACKING = 'VipsJpeg: Requested feature was omitted at compile time';

/** The head of a JPEG, up to its frame. */
const jpeg = (process: number, bits = 8): Buffer =>
  Buffer.from([0xff, 0xd8, 0xff, 0xc0 + process, 0, 11, bits, 0, 16, 0, 16, 1, 1, 0x11, 0]);

describe('unreadCoding', () => {
  it.each([
    ['arithmetic coding', 9],
    ['arithmetic coding', 10],
    ['lossless coding', 3],
    ['lossless coding', 11],
  ])('names a JPEG with %s (SOF%d)', async (name, process) => {
    expect(await unreadCoding(LACKING, of(jpeg(process)), 'a.jpg')).toBe(
      `JPEG with ${name}, which is not read; to convert: magick a.jpg a.png`,
    );
  });

  it('has no range for bits of which the file does not say one', async () => {
    const bytes = tiffBytes({ ...{ side: 8, bands: 1, bits: 32, photometric: 1 }, samples: () => [0] });
    bytes.writeUInt16LE(64, bytes.indexOf(Buffer.from([2, 1, 3, 0])) + 8);
    expect(await unreadCoding('tiff2vips: samples out of range', of(bytes), 'a.tif')).toBe(
      'TIFF of 64 bits a sample, which is not read; to convert: ' +
        'gdal_translate -ot Byte -scale LOW HIGH 0 255 a.tif a.png',
    );
  });

  it('says nothing where the decoder does not, or the file does not bear it out', async () => {
    for (const [message, bytes] of [
      ['VipsJpeg: Unsupported marker type 0xfd', jpeg(0)],
      ['heif: Bitstream not supported by this decoder', Buffer.alloc(64, 1)],
      [LACKING, Buffer.from('II*\0')],
    ] as const)
      expect(await unreadCoding(message, of(bytes)), message).toBeNull();
  });

  it('reads no file to the end of which the decoder says something else', async () => {
    const read = (): Promise<Buffer> => Promise.reject(new Error('it was read'));
    for (const message of [
      'VipsJpeg: premature end of JPEG image',
      'Input file contains unsupported image format',
    ])
      expect(await unreadCoding(message, read), message).toBeNull();
  });
});

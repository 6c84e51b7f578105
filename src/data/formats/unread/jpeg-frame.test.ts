import { describe, expect, it } from 'vitest';
import { loadSharp } from '../decode-image.js';
import { jpegFrame } from './jpeg-frame.js';

async function jpeg(progressive = false): Promise<Buffer> {
  const sharp = await loadSharp();
  const create = { width: 16, height: 16, channels: 3 as const, background: '#123456' };
  return sharp({ create })
    .jpeg({ progressive })
    .withExif({ IFD0: { Copyright: 'nobody' } })
    .toBuffer();
}

describe('jpegFrame', () => {
  it('says how a JPEG is coded', async () => {
    expect(jpegFrame(await jpeg())).toEqual({ process: 0, bits: 8 });
    expect(jpegFrame(await jpeg(true))).toEqual({ process: 2, bits: 8 });
  });

  it('passes over tables, and over what fills markers up', () => {
    const parts = [
      [0xff, 0xd8],
      [0xff, 0xc4, 0, 4, 0xff, 0xc9],
      [0xff, 0xff, 0xff, 0xc9, 0, 11, 12],
    ];
    expect(jpegFrame(Buffer.from(parts.flat()))).toEqual({ process: 9, bits: 12 });
  });

  it('is nothing of other files, and of one that ends before it', async () => {
    expect(jpegFrame(Buffer.alloc(0))).toBeNull();
    expect(jpegFrame(Buffer.from('no JPEG'))).toBeNull();
    expect(jpegFrame(Buffer.from([0xff, 0xd8, 0xff, 0xc4, 0xff]))).toBeNull();
    const whole = await jpeg();
    const at = whole.indexOf(Buffer.from([0xff, 0xc0]));
    for (let size = 0; size < at; size++) expect(jpegFrame(whole.subarray(0, size)), `${size}`).toBeNull();
  });
});

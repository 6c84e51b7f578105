import { describe, expect, it } from 'vitest';
import { withRoom } from './decode-room.js';

const mebibyte = 1024 * 1024;

describe('withRoom', () => {
  it('lets in what fits, and what is larger than all alone', async () => {
    let inside = 0;
    const most = { small: 0, large: 0 };
    const work = (bytes: number, kind: keyof typeof most) =>
      withRoom(bytes, async () => {
        inside++;
        most[kind] = Math.max(most[kind], inside);
        await new Promise(setImmediate);
        inside--;
      });
    await Promise.all(Array.from({ length: 12 }, () => work(200 * mebibyte, 'small')));
    expect(most.small).toBe(2);
    await Promise.all(Array.from({ length: 4 }, () => work(5_000 * mebibyte, 'large')));
    expect(most.large).toBe(1);
  });

  it('frees the room of what failed', async () => {
    const fail = (): Promise<void> => Promise.reject(new Error('no'));
    for (let i = 0; i < 5; i++) await expect(withRoom(400 * mebibyte, fail)).rejects.toThrow('no');
    expect(await withRoom(400 * mebibyte, () => Promise.resolve(7))).toBe(7);
  });
});

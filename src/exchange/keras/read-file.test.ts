import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKerasFile } from './read-file.js';

interface Golden {
  readonly files: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}

/** By scripts/keras-golden.py: what Keras 3.15 wrote, and one file as Keras 2 did. */
const golden = JSON.parse(readFileSync(new URL('files.golden.json', import.meta.url), 'utf8')) as Golden;
const bytesOf = (name: string): Buffer => gunzipSync(Buffer.from(golden.files[name]!, 'base64'));

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'involve-keras-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string, content: Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return readKerasFile(path);
}

describe('weights of Keras', () => {
  it.each(Object.keys(golden.files))('%s: every weight by its path, bit for bit', async (name) => {
    const found = await read(name, bytesOf(name));
    const plain = [...found].map(([key, { shape, data }]) => [key, { shape, data: [...data] }]);
    expect(Object.fromEntries(plain)).toEqual(golden.tensors);
    expect(found.size).toBe(13);
  });

  it('refuses what is none of its files', async () => {
    await expect(read('a.h5', Buffer.from('abc'))).rejects.toThrow();
    await expect(read('a.keras', Buffer.from('abc'))).rejects.toThrow();
    await expect(read('b.keras', bytesOf('model.h5'))).rejects.toThrow();
  });

  it('refuses a file that is cut short or overwritten, at whichever place, or reads the rest of it', async () => {
    const whole = bytesOf('keras-2.h5');
    for (let cut = 0; cut < whole.length; cut += 499) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xa5, cut, cut + 8);
      for (const content of [whole.subarray(0, cut), damaged]) {
        const found = await read('damaged.h5', content).catch((error: unknown) => error);
        expect(found instanceof Error || found instanceof Map).toBe(true);
      }
    }
  });
});

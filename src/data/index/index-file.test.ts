import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../sample-data.testing.js';
import { indexPath, readIndex, writeIndex } from './index-file.js';

const content = {
  head: { names: ['é', '"'], nested: { n: 1 } },
  arrays: {
    bytes: Uint8Array.of(1, 2, 3),
    labels: Uint16Array.of(65_535, 0, 7),
    ends: Uint32Array.of(4_294_967_295),
    offsets: Float64Array.of(2 ** 53 - 1, 0.5),
    none: new Uint32Array(0),
  },
};

describe('an index', () => {
  it('is read as it was written', () => {
    const path = indexPath(temporaryFolder(), 'tree', 'key');
    expect(readIndex(path, 'key')).toBeNull();
    expect(writeIndex(path, 'key', content)).toBeNull();
    expect(readIndex(path, 'key')).toEqual(content);
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });

  it('is none where it is of something else', () => {
    const path = indexPath(temporaryFolder(), 'tree', 'key');
    writeIndex(path, 'key', content);
    expect(readIndex(path, 'another')).toBeNull();
  });

  it('is none where any byte of it is another, or where it was cut short', () => {
    const path = indexPath(temporaryFolder(), 'tree', 'key');
    writeIndex(path, 'key', content);
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      writeFileSync(path, damaged);
      expect(readIndex(path, 'key')).toBeNull();
    }
    for (let length = 0; length < bytes.length; length += 7) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(readIndex(path, 'key')).toBeNull();
    }
    writeFileSync(path, bytes);
    expect(readIndex(path, 'key')).toEqual(content);
  });

  it('says why it could not be kept, and leaves nothing behind', () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'file'), '');
    expect(writeIndex(indexPath(join(dir, 'file'), 'tree', 'key'), 'key', content)).toMatch(/ENOTDIR|EEXIST/);
    const path = indexPath(dir, 'tree', 'key');
    mkdirSync(path, { recursive: true });
    expect(writeIndex(path, 'key', content)).toMatch(/is a folder|ENOTEMPTY|EPERM/);
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });
});

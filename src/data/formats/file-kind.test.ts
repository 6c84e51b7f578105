import { describe, expect, it } from 'vitest';
import { fileKind } from './file-kind.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A header of ISO's container with a major brand and others. */
function ftyp(major: string, ...others: string[]): Buffer {
  const brands = `${major}\0\0\0\0${others.join('')}`;
  return Buffer.concat([
    latin1(`\0\0\0${String.fromCharCode(8 + brands.length)}ftyp${brands}`),
    Buffer.alloc(64, 7),
  ]);
}

function bmp(): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.write('BM');
  bytes.writeUInt32LE(40, 14);
  return bytes;
}

describe('fileKind', () => {
  it.each([
    ['HEIC', ftyp('heic', 'mif1', 'heic')],
    ['HEIC', ftyp('mif1', 'heic')],
    ['BMP', bmp()],
    ['Photoshop', latin1('8BPS\0\x01')],
    ['JPEG XL', latin1('\xff\x0a123')],
    ['JPEG 2000', latin1('\0\0\0\x0cjP  \r\n\x87\n')],
    ['PDF', latin1('%PDF-1.7')],
    ['DICOM', Buffer.concat([Buffer.alloc(128), latin1('DICM')])],
    ['camera raw', latin1('II*\0\x10\0\0\0CR\x02\0')],
    ['camera raw', ftyp('crx ')],
    ['NumPy array', latin1('\x93NUMPY\x01\0')],
    ['Netpbm', latin1('P6\n4 4\n255\n')],
    ['icon', latin1('\0\0\x01\0\x01\0')],
  ])('names %s, with what converts it', (name, bytes) => {
    expect(fileKind(bytes)).toMatch(new RegExp(`^${name}, which is not read; to convert: \\S+`));
  });

  it.each([
    [
      'a pointer of Git LFS, not the image: git lfs pull',
      latin1('version https://git-lfs.github.com/spec/v1\noid x'),
    ],
    ['a pointer of git-annex, not the image: git annex get', latin1('/annex/objects/SHA256E-s1--0.jpg\n')],
    ['a web page (HTML), not an image', latin1('\n<!DOCTYPE html><html>')],
    ['an XML text, not an image', latin1('<?xml version="1.0"?><Error><Code>AccessDenied</Code>')],
    ['an XML text, not an image', latin1('<Error><Code>AccessDenied</Code></Error>')],
    ['a JSON text, not an image', latin1('{"error": "not found"}')],
    ['a zip archive: unpack it', latin1('PK\x03\x04\x14')],
    ['a gzip archive: unpack it', latin1('\x1f\x8b\x08')],
    ['a tar archive: unpack it', Buffer.concat([Buffer.alloc(257, 1), latin1('ustar\0')])],
    ['a video', ftyp('isom', 'mp42')],
    ['nothing but zeros: what wrote it did not get to the end', Buffer.alloc(300)],
  ])('says: %s', (words, bytes) => {
    expect(fileKind(bytes)?.startsWith(words)).toBe(true);
  });

  it('says nothing of what is read, or unknown', () => {
    for (const bytes of [
      latin1('a text that speaks of <Error> and of <html>'),
      ftyp('avif', 'mif1'),
      latin1('\xff\xd8\xff\xe0'),
      latin1('hello, I am a text'),
      latin1('BMW'),
    ])
      expect(fileKind(bytes)).toBeNull();
  });
});

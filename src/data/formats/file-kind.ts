import { formatNamed, notRead } from './unread-formats.js';

/** Signatures of formats of images that are not read: at which byte, and the bytes as Latin-1. */
const images: readonly (readonly [format: string, at: number, signature: string])[] = [
  ['Photoshop', 0, '8BPS'],
  ['JPEG XL', 0, '\xff\x0a'],
  ['JPEG XL', 0, '\0\0\0\x0cJXL \r\n\x87\n'],
  ['JPEG 2000', 0, '\0\0\0\x0cjP  \r\n\x87\n'],
  ['JPEG 2000', 0, '\xff\x4f\xff\x51'],
  ['OpenEXR', 0, '\x76\x2f\x31\x01'],
  ['Radiance HDR', 0, '#?RADIANCE'],
  ['DICOM', 128, 'DICM'],
  ['FITS', 0, 'SIMPLE  ='],
  ['NumPy array', 0, '\x93NUMPY'],
  ['PDF', 0, '%PDF-'],
  ['icon', 0, '\0\0\x01\0'],
  ['camera raw', 0, 'FUJIFILMCCD-RAW'],
  ['camera raw', 0, 'IIRO'],
  ['camera raw', 0, 'IIU\0'],
  ['camera raw', 8, 'CR\x02'],
  ['camera raw', 4, 'ftypcrx'],
];

/** And of what is no image at all, in words. */
const others: readonly (readonly [what: string, at: number, signature: string])[] = [
  ['a zip archive: unpack it', 0, 'PK\x03\x04'],
  ['a gzip archive: unpack it', 0, '\x1f\x8b'],
  ['a 7z archive: unpack it', 0, '7z\xbc\xaf\x27\x1c'],
  ['a RAR archive: unpack it', 0, 'Rar!\x1a\x07'],
  ['a tar archive: unpack it', 257, 'ustar'],
  ['a video', 0, '\x1a\x45\xdf\xa3'],
  ['a video', 8, 'AVI '],
  ['an HDF5 file: write its images as files', 0, '\x89HDF\r\n'],
  ['what macOS keeps beside a file (AppleDouble), not the image', 0, '\0\x05\x16\x07'],
];

const lfs = 'version https://git-lfs.github.com/spec/';
const annex = '/annex/objects/';

/**
 * What a file is by its first bytes, where that is something that is known and not read: a sound image in another
 * format, with what converts it, or no image at all. Null for what is damaged, or unknown.
 * @param file where it lies, if it is a file of its own
 */
export function fileKind(bytes: Buffer, file?: string): string | null {
  const unread = (format: string): string => notRead(formatNamed(format), file);
  const start = bytes.toString('latin1', 0, 512);
  const has = (at: number, signature: string): boolean => start.startsWith(signature, at);
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (text.startsWith(lfs)) return 'a pointer of Git LFS, not the image: git lfs pull';
  if (text.startsWith(annex)) return 'a pointer of git-annex, not the image: git annex get';
  if (/^(<!doctype html|<html|<head|<body)/i.test(text))
    return 'a web page (HTML), not an image: what it says may be why the download failed';
  if (/^<\?xml|^<Error>/i.test(text))
    return 'an XML text, not an image: what it says may be why the download failed';
  if (/^[{[]\s*["{[\]}]/.test(text)) return 'a JSON text, not an image';
  const image =
    images.find(([, at, signature]) => has(at, signature))?.[0] ?? isoImage(start) ?? bitmap(bytes);
  if (image !== undefined) return unread(image);
  if (has(4, 'ftyp') && !/avi[fs]/.test(brands(start))) return 'a video';
  const other = others.find(([, at, signature]) => has(at, signature));
  if (other !== undefined) return other[0];
  if (bytes.every((byte) => byte === 0)) return 'nothing but zeros: what wrote it did not get to the end';
  return /^P[1-6]\s/.test(start) ? unread('Netpbm') : null;
}

// --- internal ---

/** Images in ISO's container that are HEVC inside; AVIF is read. */
function isoImage(start: string): string | undefined {
  if (!start.startsWith('ftyp', 4)) return undefined;
  const all = brands(start);
  return !/avi[fs]/.test(all) && /he[iv][csxm]|mif1|msf1/.test(all) ? 'HEIC' : undefined;
}

/** Major and compatible brands. */
function brands(start: string): string {
  return start.slice(8, Math.min(start.length, start.charCodeAt(2) * 256 + start.charCodeAt(3)));
}

function bitmap(bytes: Buffer): string | undefined {
  if (bytes.length < 26 || bytes.toString('latin1', 0, 2) !== 'BM') return undefined;
  // The length of the header after that of the file: 12 for OS/2, 40 and more since.
  return [12, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14)) ? 'BMP' : undefined;
}

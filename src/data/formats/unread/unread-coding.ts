import { jpegFrame } from './jpeg-frame.js';
import { tiffSamples } from '../tiff-samples.js';
import { notRead, RAW_CONVERTER, type UnreadFormat } from '../unread-formats.js';

/** How decoders say that they lack what a file needs, in libtiff, libjpeg, libheif and libvips. */
const LACKS =
  /not (configured|implemented|supported)|unsupported (?!image format)|omitted at compile time|no known route|out of range|whole number of bytes/i;

/**
 * That an image of a format that is read is coded in a way that is not, with what converts it. Null where the decoder says
 * something else of it, or says so of a file that does not bear it out: that one is damaged.
 * @param message of the decoder
 * @param whole all of its bytes: a TIFF may have its tags at the end
 * @param file where it lies, if it is a file of its own
 */
export async function unreadCoding(
  message: string,
  whole: () => Promise<Buffer>,
  file?: string,
): Promise<string | null> {
  if (!LACKS.test(message)) return null;
  const bytes = await whole();
  const kind = jpegKind(bytes) ?? tiffKind(bytes);
  return kind === null ? null : notRead(kind, file);
}

// --- internal ---

const MAGICK = 'magick IN OUT.png';

/** Ways to pack a TIFF that programs write (Compression), and that decoders are built without. */
const COMPRESSIONS: Readonly<Record<number, readonly [name: string, convert: string]>> = {
  6: ['old-style JPEG', MAGICK],
  32909: ['PixarLog', MAGICK],
  33003: ['JPEG 2000', 'vips copy IN OUT.png'],
  33005: ['JPEG 2000', 'vips copy IN OUT.png'],
  34661: ['JBIG', MAGICK],
  34712: ['JPEG 2000', 'vips copy IN OUT.png'],
  34887: ['LERC', MAGICK],
  34892: ['lossy JPEG of a camera', RAW_CONVERTER],
  34925: ['LZMA', MAGICK],
  50000: ['ZSTD', MAGICK],
  50002: ['JPEG XL', 'gdal_translate IN OUT.png'],
  52546: ['JPEG XL of a camera', RAW_CONVERTER],
};

/** What a TIFF may mean by its samples (PhotometricInterpretation) that is no colour to show. */
const MEANINGS: Readonly<Record<number, readonly [name: string, convert: string]>> = {
  4: ['a transparency mask', MAGICK],
  9: ['colours in ICC L*a*b*', MAGICK],
  10: ['colours in ITU L*a*b*', MAGICK],
  32803: ['what a camera sensor saw through its colour filters (CFA)', RAW_CONVERTER],
  32844: ['colours in LogL', MAGICK],
  32845: ['colours in LogLuv', MAGICK],
  34892: ['what a camera sensor saw (linear raw)', RAW_CONVERTER],
};

/** Bits a sample that instruments and cameras write, and that is not read. */
const ODD_BITS: readonly number[] = [10, 12, 14, 24, 64];

function tiffKind(bytes: Buffer): UnreadFormat | null {
  const tiff = tiffSamples(bytes);
  if (tiff === null) return null;
  if (ODD_BITS.includes(tiff.bits)) return ofBits('TIFF', tiff.bits);
  const packed = COMPRESSIONS[tiff.compression];
  if (packed !== undefined) return { name: `TIFF with ${packed[0]} compression`, convert: packed[1] };
  const meant = MEANINGS[tiff.photometric ?? -1];
  return meant === undefined ? null : { name: `TIFF of ${meant[0]}`, convert: meant[1] };
}

function jpegKind(bytes: Buffer): UnreadFormat | null {
  const frame = jpegFrame(bytes);
  if (frame === null) return null;
  const { process, bits } = frame;
  if (bits === 12 || bits === 16) return ofBits('JPEG', bits);
  if (process === 9 || process === 10) return { name: 'JPEG with arithmetic coding', convert: MAGICK };
  if (process === 3 || process === 11) return { name: 'JPEG with lossless coding', convert: MAGICK };
  return null;
}

/** Of more than 16 bits the file does not say which values are black and white. */
function ofBits(format: string, bits: number): UnreadFormat {
  const range = bits <= 16 ? `0 ${2 ** bits - 1}` : 'LOW HIGH';
  return {
    name: `${format} of ${bits} bits a sample`,
    convert: `gdal_translate -ot Byte -scale ${range} 0 255 IN OUT.png`,
  };
}

import { extname } from 'node:path';
import { conversionOf } from './unread/conversion.js';

/** A format of images that is not read, and what makes one of it that is. */
export interface UnreadFormat {
  readonly name: string;
  /** A command for IN and OUT. */
  readonly convert: string;
}

const MAGICK = 'magick IN OUT.png';
/** Of what cameras write. */
export const RAW_CONVERTER = 'darktable-cli IN OUT.jpg';
const HEIC =
  process.platform === 'darwin' ? 'sips -s format jpeg IN --out OUT.jpg' : 'heif-convert IN OUT.jpg';
const NUMPY =
  'python3 -c "import sys, imageio, numpy; imageio.imwrite(sys.argv[2], numpy.load(sys.argv[1]))"';

const formats: readonly (readonly [name: string, endings: string, convert: string])[] = [
  ['BMP', 'bmp dib', MAGICK],
  ['HEIC', 'heic heif', HEIC],
  ['JPEG XL', 'jxl', 'djxl IN OUT.png'],
  ['JPEG 2000', 'jp2 j2k', MAGICK],
  ['Photoshop', 'psd', 'magick IN[0] OUT.png'],
  ['Targa', 'tga', MAGICK],
  ['icon', 'ico', 'magick IN[0] OUT.png'],
  ['PCX', 'pcx', MAGICK],
  ['Netpbm', 'ppm pgm pbm pnm', MAGICK],
  ['SVG', 'svg', MAGICK],
  ['PDF', 'pdf', 'pdftoppm -png IN OUT'],
  ['OpenEXR', 'exr', MAGICK],
  ['Radiance HDR', 'hdr', MAGICK],
  ['DICOM', 'dcm', 'dcmj2pnm --write-png IN OUT.png'],
  ['FITS', 'fits', MAGICK],
  ['NumPy array', 'npy', `${NUMPY} IN OUT.png`],
  ['camera raw', 'dng cr2 cr3 nef arw orf raf rw2 pef srw', RAW_CONVERTER],
];

const byEnding: ReadonlyMap<string, UnreadFormat> = new Map(
  formats.flatMap(([name, endings, convert]) => {
    const format = { name, convert };
    return endings.split(' ').map((ending) => [`.${ending}`, format] as const);
  }),
);

/** The format that a file's name speaks of, where it is one of images that are not read. */
export function unreadFormat(name: string): UnreadFormat | undefined {
  return byEnding.get(extname(name).toLowerCase());
}

/** The format of that name. */
export function formatNamed(name: string): UnreadFormat {
  return [...byEnding.values()].find((format) => format.name === name)!;
}

/**
 * Why a sound image is not used, and what makes one of it that is.
 * @param file where it lies, if it is a file of its own
 */
export function notRead({ name, convert }: UnreadFormat, file?: string): string {
  const command = file === undefined ? convert : conversionOf(convert, file);
  return `${name}, which is not read; to convert: ${command}`;
}

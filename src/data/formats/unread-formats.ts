import { extname } from 'node:path';

/** A format of images that is not read, and what makes one of it that is. */
export interface UnreadFormat {
  readonly name: string;
  /** A command, for a file or for all in a folder. */
  readonly convert: string;
}

const magick = (extension: string): string => `magick mogrify -format png *.${extension}`;
const raw = 'a raw converter, such as: darktable-cli IN OUT.jpg';

/** By what a name ends in. */
const byExtension: Readonly<Record<string, UnreadFormat>> = {
  '.bmp': { name: 'BMP', convert: magick('bmp') },
  '.dib': { name: 'BMP', convert: magick('dib') },
  '.heic': {
    name: 'HEIC',
    convert: 'heif-convert IN.heic OUT.jpg (macOS: sips -s format jpeg IN.heic --out OUT.jpg)',
  },
  '.heif': {
    name: 'HEIC',
    convert: 'heif-convert IN.heif OUT.jpg (macOS: sips -s format jpeg IN.heif --out OUT.jpg)',
  },
  '.jxl': { name: 'JPEG XL', convert: 'djxl IN.jxl OUT.png' },
  '.jp2': { name: 'JPEG 2000', convert: magick('jp2') },
  '.j2k': { name: 'JPEG 2000', convert: magick('j2k') },
  '.psd': { name: 'Photoshop', convert: 'magick "IN.psd[0]" OUT.png' },
  '.tga': { name: 'Targa', convert: magick('tga') },
  '.ico': { name: 'icon', convert: magick('ico') },
  '.pcx': { name: 'PCX', convert: magick('pcx') },
  '.ppm': { name: 'Netpbm', convert: magick('ppm') },
  '.pgm': { name: 'Netpbm', convert: magick('pgm') },
  '.pbm': { name: 'Netpbm', convert: magick('pbm') },
  '.pnm': { name: 'Netpbm', convert: magick('pnm') },
  '.svg': { name: 'SVG', convert: magick('svg') },
  '.pdf': { name: 'PDF', convert: 'pdftoppm -png IN.pdf OUT' },
  '.exr': { name: 'OpenEXR', convert: magick('exr') },
  '.hdr': { name: 'Radiance HDR', convert: magick('hdr') },
  '.dcm': { name: 'DICOM', convert: 'dcmj2pnm --write-png IN.dcm OUT.png' },
  '.fits': { name: 'FITS', convert: magick('fits') },
  '.npy': {
    name: 'NumPy array',
    convert: "python3 -c \"import imageio, numpy; imageio.imwrite('OUT.png', numpy.load('IN.npy'))\"",
  },
  ...Object.fromEntries(
    ['dng', 'cr2', 'cr3', 'nef', 'arw', 'orf', 'raf', 'rw2', 'pef', 'srw'].map((extension) => [
      `.${extension}`,
      { name: 'camera raw', convert: raw },
    ]),
  ),
};

/** The format that a file's name speaks of, where it is one of images that are not read. */
export function unreadFormat(name: string): UnreadFormat | undefined {
  return byExtension[extname(name).toLowerCase()];
}

/** The format of that name. */
export function formatNamed(name: string): UnreadFormat {
  return Object.values(byExtension).find((format) => format.name === name)!;
}

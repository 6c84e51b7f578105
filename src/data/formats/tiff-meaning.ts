import { BadImageError } from '../source.js';
import { tiffSamples } from './tiff-samples.js';

/**
 * What a TIFF says that its bands are: colours alone, colours and transparency, or colours and bands that mean
 * something else, which are left out.
 * @param remarks gets what is left out
 * @returns null where the bytes are no TIFF that can be understood
 * @throws BadImageError where the file does not say what black and white, or red, green and blue are
 */
export function tiffMeaning(bytes: Buffer, remarks: string[]): 'colours' | 'alpha' | 'more' | null {
  const tiff = tiffSamples(bytes);
  if (tiff === null) return null;
  const { samples, bits, format, colours, extra } = tiff;
  if (format !== 'unsigned' || bits > 16) {
    const kind = { unsigned: 'unsigned', signed: 'signed', float: 'floating-point', other: 'complex' }[
      format
    ];
    throw new BadImageError(
      `samples of ${bits} bits, ${kind}: which values are black and white is not said; ` +
        'scale them to 8 bits: gdal_translate -ot Byte -scale LOW HIGH 0 255 IN.tif OUT.tif',
    );
  }
  if (extra !== 'unspecified') return extra === 'alpha' ? 'alpha' : 'colours';
  if (colours === 1 && samples > 2) {
    throw new BadImageError(
      `${samples} bands, and which of them are red, green and blue is not said; ` +
        'take three: gdal_translate -b 1 -b 2 -b 3 -co PHOTOMETRIC=RGB IN.tif OUT.tif',
    );
  }
  const taken = colours === 1 ? 'the first band is' : `the first ${colours} bands are`;
  remarks.push(`${taken} taken of ${samples}; the others are not said to be transparency`);
  return 'more';
}

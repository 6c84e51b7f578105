import { basename, extname, join, resolve } from 'node:path';
import { encode } from 'fast-png';
import { unfitMask } from '../../data/masks/fit-mask.js';
import type { Fit } from '../../data/fit.js';
import { loadSharp } from '../../data/formats/decode-image.js';
import { classColor, labelPalette } from '../../data/masks/palette.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';
import { badInput } from '../../util/errors.js';
import { makeFolder } from '../../util/writing/make-folder.js';

/** How predicted masks are kept. */
export interface MaskFiles {
  /** The folder, which is made. */
  readonly dir: string;
  /** `mask`: labels, in a PNG with a palette; `overlay`: colours over the image. */
  readonly kind: 'mask' | 'overlay';
}

/** A mask that was predicted of an image file, in the square that the model sees. */
export interface PredictedMask {
  readonly image: string;
  /** size·size labels. */
  readonly mask: Uint8Array;
  readonly fit: Fit;
  readonly size: number;
}

/**
 * Writes predicted masks in the size of their images, under their names with the ending .png. Of a part of an image that
 * the model does not see (`data.resize` crop) nothing is said: its label is 255.
 */
export class MaskWriter {
  readonly #written = new Map<string, string>();

  constructor(
    private readonly files: MaskFiles,
    private readonly cwd: string,
  ) {}

  /**
   * @returns the path, as the user would type it
   * @throws InvolveError (exit code 2) where two images have one name
   */
  async write({ image, mask, fit, size }: PredictedMask): Promise<string> {
    const { dir, kind } = this.files;
    const path = join(dir, `${basename(image, extname(image))}.png`);
    const other = this.#written.get(path);
    if (other !== undefined) {
      throw badInput('E_PREDICT_MASKS', {
        what: `the masks of ${other} and ${image} have one name`,
        where: path,
      });
    }
    this.#written.set(path, image);
    const sharp = await loadSharp();
    const picture = sharp(resolve(this.cwd, image)).autoOrient().flatten({ background: '#ffffff' });
    const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const labels = unfitMask(mask, fit, size, { width, height });
    await makeFolder(resolve(this.cwd, dir));
    const bytes =
      kind === 'mask'
        ? encode({
            width,
            height,
            channels: 1,
            depth: 8,
            data: labels,
            palette: labelPalette().map((rgb) => [...rgb]),
          })
        : encode({ width, height, channels: 3, depth: 8, data: overlaid(data, channels, labels) });
    await writeFileAtomic(resolve(this.cwd, path), bytes);
    return path;
  }
}

// --- internal ---

/** Each pixel half its own colour and half that of its class. */
function overlaid(pixels: Buffer, channels: number, labels: Uint8Array): Uint8Array {
  const out = new Uint8Array(labels.length * 3);
  labels.forEach((label, p) => {
    const color = classColor(label);
    for (let c = 0; c < 3; c++) {
      // A grey image has one channel.
      const own = pixels[p * channels + Math.min(c, channels - 1)];
      out[3 * p + c] = (own + color[c]) / 2;
    }
  });
  return out;
}

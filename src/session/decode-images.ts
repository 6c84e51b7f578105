import { resolve } from 'node:path';
import { fitOf, type Fit } from '../data/fit.js';
import { decodeFitted } from '../data/formats/decode-fitted.js';
import { BadImageError } from '../data/source.js';
import { badInput, type Problem } from '../util/errors.js';

/**
 * The pixels of image files, [size, size, 3] each, as a run's data has them. All are decoded before anything else is done,
 * so that all bad ones are told at once.
 * @throws InvolveError (exit code 2) with every image that cannot be read
 */
export async function decodeImages(
  images: readonly string[],
  data: Parameters<typeof fitOf>[0],
  cwd: string,
): Promise<Uint8Array[]> {
  const [size, fit] = [data.inputSize, fitOf(data)];
  const problems: Problem[] = [];
  const pixels: Uint8Array[] = [];
  for (const image of images) {
    const out = new Uint8Array(size * size * 3);
    const problem = await problemOfImage(image, cwd, fit, size, out);
    if (problem !== undefined) problems.push(problem);
    pixels.push(out);
  }
  if (problems.length > 0) throw badInput('E_BAD_IMAGE', problems);
  return pixels;
}

/** Decodes an image file into `out`, [size, size, 3]; what is wrong where it cannot be read. */
export async function problemOfImage(
  image: string,
  cwd: string,
  fit: Fit,
  size: number,
  out: Uint8Array,
): Promise<Problem | undefined> {
  try {
    await decodeFitted(resolve(cwd, image), fit, size, out);
    return undefined;
  } catch (error) {
    if (!(error instanceof BadImageError)) throw error;
    return { what: `unusable image: ${error.message}`, where: image };
  }
}

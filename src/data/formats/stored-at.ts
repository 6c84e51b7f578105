import { open } from 'node:fs/promises';
import { isOfRights, refusalOf } from '../read-problem.js';
import { BadImageError, type EncodedImage, type ImagePlace } from '../source.js';

/**
 * The image at a place: the path of its file, or the bytes of its stretch of one.
 * @throws BadImageError where the stretch cannot be read
 */
export async function storedAt({ path, stretch }: Omit<ImagePlace, 'state'>): Promise<EncodedImage> {
  if (stretch === null) return path;
  const { offset, length } = stretch;
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead < length) throw new BadImageError('cut short: its file ends before it does');
      return buffer;
    } finally {
      await file.close();
    }
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    throw new BadImageError(`cannot be read: ${refusal}`, { cause: error, passing: isOfRights(error) });
  }
}

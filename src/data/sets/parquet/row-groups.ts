import { errorCode } from '../../../util/system-error.js';
import { startAt } from '../../formats/start-at.js';
import { BadImageError } from '../../source.js';
import type { ParquetFile } from './parquet-file.js';

/** Row groups whose images are in the memory at once: images are asked for in order, several at a time. */
const keptGroups = 2;

/**
 * The bytes of the images of a file. A row group is the least that can be read, so the last few are kept; asked for
 * in another order than theirs, each image costs the reading of its group.
 */
export class RowGroupImages {
  readonly #file: ParquetFile;
  readonly #column: string;
  /** By the number of the group, the one that was asked for last at the end. */
  readonly #groups = new Map<number, Promise<readonly unknown[]>>();

  constructor(file: ParquetFile, column: string) {
    this.#file = file;
    this.#column = column;
  }

  /** @throws BadImageError where the row has no bytes, or its group cannot be read */
  async at(row: number): Promise<Uint8Array> {
    const group = startAt(this.#file.starts, row);
    const start = this.#file.starts[group]!;
    const value = (await this.#group(group))[row - start];
    const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null)?.bytes;
    if (bytes instanceof Uint8Array) return bytes;
    throw new BadImageError('no bytes of an image in its row');
  }

  #group(group: number): Promise<readonly unknown[]> {
    const { starts, rows } = this.#file;
    const known = this.#groups.get(group);
    this.#groups.delete(group);
    const images =
      known ??
      this.#file.read(this.#column, starts[group]!, starts[group + 1] ?? rows).catch((error: unknown) => {
        if (errorCode(error) !== '') throw error; // Too many open files, a broken disk: no matter of the images.
        throw new BadImageError(`its row group cannot be read: ${(error as Error).message}`, {
          cause: error,
        });
      });
    this.#groups.set(group, images);
    for (const [oldest] of this.#groups) {
      if (this.#groups.size <= keptGroups) break;
      this.#groups.delete(oldest);
    }
    return images;
  }
}

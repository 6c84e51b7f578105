import type { DataConfig } from './options.js';
import type { DataSource } from './source.js';
import type { PartName, Selection } from './splits.js';
import { union } from './union.js';

/** Whether the images of a part can be decoded by other threads each time they are needed. */
export function isDecodable(source: DataSource, part: PartName): boolean {
  return source[part]?.place !== undefined;
}

/**
 * Which images of a part have their pixels kept in the cache, as squares: `indices` itself where all of them do.
 * Of as many as fit into a bound every part has its share, and the images are spread evenly over it: they are read in
 * another order each epoch, so which ones they are does not matter, and none has to make room for another.
 *
 * @param indices of the selections, ascending
 * @param asStored the selection that training cuts its crops out of, from the images as they are stored
 */
export function storedImages(
  source: DataSource,
  config: Pick<DataConfig, 'cache' | 'inputSize'>,
  part: PartName,
  selections: readonly Selection[],
  indices: Uint32Array,
  asStored: Selection | undefined,
): Uint32Array {
  if (!isDecodable(source, part) || (config.cache === 'whole' && asStored === undefined)) {
    return indices;
  }
  if (config.cache === 'none') return new Uint32Array();
  const squares = selections.filter((selection) => selection !== asStored);
  const asSquares = union(squares, source[part]!.count);
  if (config.cache === 'whole') return asSquares.length === indices.length ? indices : asSquares;
  const imageBytes = 3 * config.inputSize ** 2;
  const all = (['train', 'validation', 'test'] as const).reduce(
    (sum, name) => sum + (source[name]?.count ?? 0),
    0,
  );
  const share = source[part]!.count / all;
  const fits = Math.min(asSquares.length, Math.floor((config.cache * 1e9 * share) / imageBytes));
  return asSquares.filter(
    (_, i) => Math.floor(((i + 1) * fits) / asSquares.length) > Math.floor((i * fits) / asSquares.length),
  );
}

import type { SplitName } from './cache/image-set.js';
import { isOfSquares } from './fitted-part.js';
import type { DataConfig } from './options.js';
import type { DataSource } from './source.js';
import { isDecodable } from './stored-images.js';

/** What of `data.resize` and `data.cache` is otherwise than one might think, for this set. */
export function loadingNotes(
  source: DataSource,
  config: DataConfig,
  { opened, cropOriginals }: { readonly opened: readonly SplitName[]; readonly cropOriginals: boolean },
): string[] {
  const { name, resize, cropFraction, cache } = config;
  const notes: string[] = [];
  if (isOfSquares(source.train)) {
    if (resize === 'crop' && cropFraction < 1) {
      const lost = Math.round(100 * (1 - cropFraction ** 2));
      notes.push(
        `data.resize is crop, and the images of ${name} are square: ${lost} % of each, its border, is cut off; data.cropFraction=1 keeps all of it`,
      );
    }
    if (resize === 'pad') {
      notes.push(`data.resize is pad, and the images of ${name} are square: there is nothing to pad`);
    }
  }
  if (isDecodable(source, 'train')) {
    if (cropOriginals && opened.includes('train') && cache !== 'none') {
      notes.push(
        'crops of training are cut from the image files, decoded each time: none of them is in the cache',
      );
    }
  } else if (cache !== 'whole') {
    notes.push(
      `data.cache is ${cache}, and the images of ${name} are no files of their own: all of them are in the cache`,
    );
  }
  return notes;
}

import type { DataSource } from './source.js';

/** A note for each split whose number of images is not the published one. */
export function countNotes(
  source: Pick<DataSource, 'train' | 'test'>,
  published: { readonly train: number; readonly test: number },
): string[] {
  return (['train', 'test'] as const)
    .filter((split) => source[split].count !== published[split])
    .map((split) => `${source[split].count} ${split} images; the published set has ${published[split]}`);
}

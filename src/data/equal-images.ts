import { digestBytes } from './cache/block-index.js';
import type { SplitName } from './cache/image-set.js';
import type { Blocks } from './open-blocks.js';
import type { DataSource } from './source.js';
import type { Selection } from './splits.js';

/** Of larger sets `data check` alone tells: each image takes a hundred bytes of memory here. */
const mostImages = 500_000;

/**
 * Notes about images of train that are in another class too, or in what measures it: equal pixels at the size of the
 * input. Nothing is left out for it.
 */
export function equalNotes(
  source: DataSource,
  selections: Readonly<Record<SplitName, Selection>>,
  opened: readonly SplitName[],
  blocks: Blocks,
): string[] {
  const images = opened.reduce((sum, split) => sum + selections[split].indices.length, 0);
  if (!opened.includes('train') || images > mostImages) return [];
  const digestsOf = ({ part, indices }: Selection): string[] => {
    const { positions, digests } = blocks[part]!;
    return Array.from(indices, (index) => {
      const at = positions[index]! * digestBytes;
      return digests.toString('latin1', at, at + digestBytes);
    });
  };
  const { labels } = source.train;
  const train = digestsOf(selections.train);
  const labelOf = new Map<string, number>();
  const conflicting = new Set<string>();
  train.forEach((digest, i) => {
    const label = labels[selections.train.indices[i]!]!;
    const known = labelOf.get(digest);
    if (known === undefined) labelOf.set(digest, label);
    else if (known !== label) conflicting.add(digest);
  });
  const notes: string[] = [];
  const list = 'involve data check lists them';
  const twice = train.filter((digest) => conflicting.has(digest)).length;
  if (twice > 0) notes.push(`${twice} images of train are equal to images of another class: ${list}`);
  for (const split of opened) {
    if (split === 'train') continue;
    const leaked = digestsOf(selections[split]).filter((digest) => labelOf.has(digest)).length;
    if (leaked > 0)
      notes.push(
        `${leaked} ${leaked === 1 ? 'image' : 'images'} of ${split} ${leaked === 1 ? 'is' : 'are'} in train too: ${list}`,
      );
  }
  return notes;
}

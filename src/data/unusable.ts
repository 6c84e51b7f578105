import { badInput } from '../util/errors.js';
import type { SplitName } from './cache/image-set.js';
import type { BadImage } from './cache/pixel-cache.js';
import { withoutBad, type Bad } from './select.js';
import { hasMasks, type DataSource } from './source.js';
import type { Selection } from './splits.js';

const shownBadImages = 10;

/** Bad images of which the config does not say that they may be left out. */
export function badImages(bad: readonly BadImage[], total: number): Error {
  const shown = bad.slice(0, shownBadImages);
  const more = bad.length - shown.length;
  return badInput('E_DATA_IMAGES', [
    {
      what: `${bad.length} of ${total} images cannot be used`,
      try: 'replace or remove them, or leave them out: --set data.skipBadImages=true',
    },
    ...shown.map(({ name, reason }) => ({ what: reason, where: name })),
    ...(more > 0 ? [{ what: `… and ${more} more; \`involve data check\` lists them all` }] : []),
  ]);
}

/** A note about bad images that were left out. */
export function skippedNote(bad: readonly BadImage[]): string {
  const shown = bad.slice(0, shownBadImages).map(({ name, reason }) => `${name} (${reason})`);
  const more = bad.length - shown.length;
  return (
    `${bad.length} bad ${bad.length === 1 ? 'image' : 'images'} skipped: ${shown.join(', ')}` +
    (more > 0 ? ` and ${more} more` : '')
  );
}

/** A split as it was drawn in the end. */
export interface DrawnSplit {
  readonly split: SplitName;
  readonly selection: Selection;
  /** Of its part. */
  readonly bad: Bad;
  readonly limit: number | null;
}

/**
 * Refuses a split that nothing can be learned or measured on: without images, with a class that lost all of its own,
 * or, of training, with one that the limit leaves out.
 * @returns a note where a class is not measured
 */
export function refuseUnusable(
  source: DataSource,
  { split, selection: { part, indices }, bad, limit }: DrawnSplit,
): string[] {
  if (hasMasks(source)) {
    if (indices.length > 0) return [];
    throw split === 'validation' && part === 'test' ? noTest() : empty(split);
  }
  const { classes } = source;
  const { labels } = source[part]!;
  const countsOf = (chosen: Uint32Array): number[] => {
    const counts = classes.map(() => 0);
    for (const index of chosen) counts[labels[index]!]!++;
    return counts;
  };
  const all = Uint32Array.from(labels, (_, i) => i);
  const [there, good, chosen] = [countsOf(all), countsOf(withoutBad(all, bad)), countsOf(indices)];
  const emptied = classes.filter((_, c) => there[c]! > 0 && good[c] === 0);
  if (emptied.length > 0)
    throw badInput(
      'E_DATA_IMAGES',
      emptied.map((name) => ({ what: `every ${part} image of ${name} is bad` })),
    );
  if (indices.length === 0) throw split === 'validation' && part === 'test' ? noTest() : empty(split);
  const left = classes.filter((_, c) => good[c]! > 0 && chosen[c] === 0);
  if (left.length === 0) return [];
  if (split !== 'train')
    return [
      `no image of ${listed(left)} is in ${split}: nothing is measured of ${left.length === 1 ? 'it' : 'them'}`,
    ];
  throw fewerThanClasses(limit!, good.filter((count) => count > 0).length, left);
}

/**
 * A limit that leaves classes without an image to train on.
 * @param classes how many have images
 * @param left those that would get none
 */
export function fewerThanClasses(limit: number, classes: number, left: readonly string[]): Error {
  return badInput('E_DATA_LIMIT', {
    what: `data.limit.train is ${limit}, fewer images than the ${classes} classes: none of ${listed(left)} would be trained on`,
    where: 'data.limit.train',
    try: `--set data.limit.train=${classes}, or more`,
  });
}

// --- internal ---

function noTest(): Error {
  const what = 'there is no test set to validate on';
  return badInput('E_DATA_EMPTY', { what, where: 'data.validation', try: '--set data.validation=0.1' });
}

function empty(split: SplitName): Error {
  return badInput('E_DATA_EMPTY', {
    what:
      split === 'validation'
        ? 'no image is left to validate on: of a class with a single image none is held out of train'
        : `there is no image to ${split === 'train' ? 'train on' : 'test'}`,
    try:
      split === 'validation'
        ? 'more images; a folder val/ beside train/ and test/; or --set data.validation=test, which measures on the test set'
        : 'look at the folder: involve data check',
  });
}

function listed(names: readonly string[]): string {
  return names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '');
}

import { join } from 'node:path';
import type { ClassTree } from './class-folder.js';
import { conversionOfAll } from './unread/conversion.js';
import { grouped } from './grouped.js';
import { formatNamed, unreadFormat } from './unread-formats.js';

/** Notes about what was set aside, counted once, or brought by links. */
export function treeNotes(trees: readonly ClassTree[]): string[] {
  const ignored = trees.flatMap((tree) => tree.ignored);
  const repeated = trees.flatMap((tree) => tree.repeated);
  const outside = trees.flatMap((tree) => tree.outside);
  const unread = grouped(
    trees.flatMap(({ dir, unread }) => unread.map((path) => ({ dir, path }))),
    ({ path }) => unreadFormat(path)!.name,
  );
  return [
    ...(ignored.length === 0
      ? []
      : [`${count(ignored, 'file is', 'files are')} no image, ignored: ${some(ignored)}`]),
    ...[...unread].map(
      ([format, found]) =>
        `${count(found, 'image', 'images')} left out, since ${format} is not read: ${some(found.map(({ path }) => path))}; ` +
        `to convert: ${conversionOfAll(
          formatNamed(format).convert,
          found.map(({ dir, path }) => join(dir, path)),
          [...new Set(found.map(({ dir }) => dir))],
        )}`,
    ),
    ...(repeated.length === 0
      ? []
      : [
          `${count(repeated, 'link leads', 'links lead')} to what counts already, ignored: ${some(repeated)}`,
        ]),
    ...trees.flatMap(({ dir, unkept }) =>
      unkept === null
        ? []
        : [`the listing of ${dir} could not be kept, and is made anew at every start: ${unkept}`],
    ),
    ...(outside.length === 0 ? [] : [`links bring images from elsewhere: ${some(outside)}`]),
  ];
}

// --- internal ---

function count(all: readonly unknown[], one: string, many: string): string {
  return `${all.length} ${all.length === 1 ? one : many}`;
}

function some(all: readonly string[]): string {
  return all.slice(0, 3).join(', ') + (all.length > 3 ? ', …' : '');
}

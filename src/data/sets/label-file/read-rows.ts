import { isAbsolute, extname, join, posix } from 'node:path';
import { closestString } from '../../../util/closest-string.js';
import { conversionOf } from '../../formats/unread/conversion.js';
import { imageExtensions } from '../../formats/decode-image.js';
import type { ListingWitness } from '../../formats/listing-witness.js';
import { readFolder } from '../../formats/read-folder.js';
import { labelText, shownValue } from '../../formats/samples/label-text.js';
import type { ProblemList } from '../../formats/samples/problem-list.js';
import { splitNamed, type SplitOfSet } from '../../formats/samples/split-files.js';
import { unreadFormat } from '../../formats/unread-formats.js';
import { StringPacker } from '../../index/packed-strings.js';
import { turns } from '../../parallel.js';
import { readTable, type Columns } from './read-table.js';
import type { Rows, RowsBySplit } from './rows-index.js';
import type { LabelFileOptions, Table } from './tables.js';

/**
 * What the tables say; `problems` takes what is wrong, and `witness` is told what all of it rests on.
 * @throws the reason of `signal`
 */
export async function readRows(
  dir: string,
  tables: readonly Table[],
  given: LabelFileOptions,
  witness: ListingWitness,
  problems: ProblemList,
  signal?: AbortSignal,
): Promise<RowsBySplit> {
  const breathe = turns(signal);
  const collected = new Map<SplitOfSet, Collected>();
  const seen = new Map<string, string>();
  const folders = new FolderNames(dir, witness);
  for (const { path, folder, split: ofFolder } of tables) {
    const columns: Columns = [
      { key: 'image', name: given.image },
      { key: 'label', name: given.label },
      ...(given.split === null ? [] : [{ key: 'split', name: given.split }]),
    ];
    witness.file(path);
    for (const { line, values } of await readTable(path, columns, problems, breathe)) {
      await breathe();
      const where = `${path}:${line}`;
      const [image, label, split] = values;
      const file = imagePath(folder, image, where, given, folders, problems);
      const text = labelText(label);
      if (text === null) {
        const none = label === undefined || label === null || String(label).trim() === '';
        problems.add({
          what: none
            ? `a row without a label${file === null ? '' : `: ${file}`}`
            : `the label is neither the name nor the number of a class: ${shownValue(label)}`,
          where,
          try: 'give it one, or remove the row',
        });
      }
      const target = ofFolder ?? splitOfRow(file, split, where, given, problems);
      if (file === null || text === null || target === null) continue;
      const first = seen.get(file);
      if (first !== undefined) {
        problems.add({ what: `${file} has a row already, at ${first}`, where, try: 'remove one of the two' });
        continue;
      }
      seen.set(file, where);
      const images = collected.get(target) ?? new Collected();
      collected.set(target, images);
      images.add(file, text);
    }
  }
  return new Map([...collected].map(([split, images]) => [split, images.rows]));
}

// --- internal ---

/** The path of a row's image, relative to the folder of the data; null where something is wrong with it. */
function imagePath(
  folder: string,
  image: unknown,
  where: string,
  { image: column }: LabelFileOptions,
  folders: FolderNames,
  problems: ProblemList,
): string | null {
  const add = (what: string, advice?: string): null => {
    problems.add({ what, where, try: advice });
    return null;
  };
  if (typeof image !== 'string' || image.trim() === '') return add(`a row without an image (${column})`);
  if (isAbsolute(image) || /^[a-z]+:/i.test(image)) {
    return add(
      `${image} is no path within the folder of the data`,
      'give paths relative to the folder of the file',
    );
  }
  const within = (name: string): string => posix.normalize(posix.join(folder, name));
  // A backslash separates folders where the file was written on Windows; elsewhere it may be part of a name.
  const asWritten = within(image);
  const path =
    !image.includes('\\') || (!leadsOut(asWritten) && folders.has(asWritten))
      ? asWritten
      : within(image.split('\\').join('/'));
  if (leadsOut(path))
    return add(
      `${image} leads out of the folder of the data`,
      'set data.dir to the folder that holds all images',
    );
  const name = posix.basename(path);
  if (folders.has(path)) {
    if (imageExtensions.has(extname(name).toLowerCase())) return path;
    const unread = unreadFormat(name);
    return unread === undefined
      ? add(`${image} is no image: images are ${[...imageExtensions].join(' ')}`)
      : add(
          `${image} is ${unread.name}, which is not read`,
          `convert it: ${conversionOf(unread.convert, join(folders.dir, path))}`,
        );
  }
  const near = closestString(name, folders.beside(path));
  return add(
    `the image is not there: ${image}`,
    near === undefined
      ? `set data.dir, or data.labelFile.image if ${column} has no paths`
      : `did you mean ${near}?`,
  );
}

function splitOfRow(
  file: string | null,
  value: unknown,
  where: string,
  { split: column }: LabelFileOptions,
  problems: ProblemList,
): SplitOfSet | null {
  if (column === null) return file === null ? null : (splitNamed(file.split('/')[0]!) ?? 'train');
  const split = typeof value === 'string' ? splitNamed(value) : undefined;
  if (split !== undefined) return split;
  problems.add({
    what: `${shownValue(value ?? null)} is no split`,
    where,
    try: 'splits are called train, validation (val, valid, dev) and test',
  });
  return null;
}

/** Which files there are: a folder is listed once, however many of its images have a row. */
class FolderNames {
  readonly dir: string;
  readonly #witness: ListingWitness;
  readonly #names = new Map<string, ReadonlySet<string>>();

  constructor(dir: string, witness: ListingWitness) {
    this.dir = dir;
    this.#witness = witness;
  }

  has(path: string): boolean {
    return this.#in(posix.dirname(path)).has(posix.basename(path));
  }

  beside(path: string): Iterable<string> {
    return this.#in(posix.dirname(path));
  }

  #in(folder: string): ReadonlySet<string> {
    let names = this.#names.get(folder);
    if (names === undefined) {
      names = new Set(
        readFolder(join(this.dir, folder), [], this.#witness).flatMap(({ name, kind, unnamed }) =>
          kind === 'folder' || kind === 'nowhere' || unnamed !== undefined ? [] : [name],
        ),
      );
      this.#names.set(folder, names);
    }
    return names;
  }
}

/** The images of a split as rows bring them. */
class Collected {
  readonly #paths = new StringPacker();
  readonly #labels: number[] = [];
  readonly #places = new Map<string, number>();

  add(path: string, label: string): void {
    const place = this.#places.get(label) ?? this.#places.size;
    this.#places.set(label, place);
    this.#labels.push(place);
    this.#paths.add(path);
  }

  get rows(): Rows {
    const paths = this.#paths.packed();
    return { paths, labels: Uint32Array.from(this.#labels), texts: [...this.#places.keys()] };
  }
}

function leadsOut(path: string): boolean {
  return path === '..' || path.startsWith('../');
}

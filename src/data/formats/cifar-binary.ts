import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '../../util/errors.js';
import type { Problem } from '../../util/errors.js';
import type { DataSource, SourcePart } from '../source.js';
import { subfolder } from './class-folders.js';
import { reading } from '../read-problem.js';
import { fileStamp } from './file-stamp.js';
import { fixedSizePart } from './fixed-size-part.js';

/** A file of records: one byte a label, then the red, green and blue planes of a 32×32 image. */
export interface RecordFile {
  readonly file: string;
  readonly records: number;
}

/** One of the label bytes of a record. */
export interface LabelByte {
  /** `fine`, or nothing where there is but one. */
  readonly kind: string;
  readonly classes: readonly string[];
  /** A file that lists the classes, one a line; counted where it is there. */
  readonly names: string | null;
}

export interface CifarLayout {
  /** `data.name`. */
  readonly name: string;
  readonly title: string;
  /** The folder that the archive makes; the files may also lie at the top. */
  readonly folder: string;
  readonly train: readonly RecordFile[];
  readonly test: readonly RecordFile[];
  /** In the order of the bytes. */
  readonly labels: readonly LabelByte[];
  /** Which of them is learned. */
  readonly label: number;
}

const side = 32;
const plane = side * side;
const shownProblems = 10;

/** CIFAR's binary version (Krizhevsky 2009). Files of another size and labels that are none are refused. */
export function openCifarBinary(dir: string, layout: CifarLayout): DataSource {
  const folder = subfolder(dir, layout.folder) ?? dir;
  const advice = `fetch it again: \`involve data get ${layout.name}\``;
  const problems = [
    ...[...layout.train, ...layout.test].flatMap((file) => sizeProblem(folder, file, layout, advice)),
    ...layout.labels.flatMap((label) => namesProblem(folder, label, advice)),
  ];
  if (problems.length > 0) throw badInput('E_DATA_LAYOUT', problems);
  return {
    classes: layout.labels[layout.label]!.classes,
    notes: [],
    version: `${layout.name}-triangle-1`,
    train: openPart(folder, layout.train, layout),
    test: openPart(folder, layout.test, layout),
  };
}

function recordBytes({ labels }: CifarLayout): number {
  return labels.length + 3 * plane;
}

function sizeProblem(
  folder: string,
  { file, records }: RecordFile,
  layout: CifarLayout,
  advice: string,
): Problem[] {
  const path = join(folder, file);
  const size = reading(`a file of ${layout.title}`, path, () =>
    statSync(path, { throwIfNoEntry: false }),
  )?.size;
  const expected = recordBytes(layout) * records;
  if (size === expected) return [];
  const what =
    size === undefined
      ? `a file of ${layout.title} (binary version) is missing`
      : `expected ${expected} bytes of ${layout.title} but found ${size}`;
  return [{ what, where: path, try: advice }];
}

/** A list of more or fewer classes says that the labels mean something else; how a name is spelt says nothing. */
function namesProblem(folder: string, { names, classes }: LabelByte, advice: string): Problem[] {
  if (names === null || !existsSync(join(folder, names))) return [];
  const path = join(folder, names);
  const text = reading('the names of the classes', path, () => readFileSync(path, 'utf8'));
  const found = text.split(/\r?\n/).filter(Boolean).length;
  if (found === classes.length) return [];
  const what = `expected the names of ${classes.length} classes but found ${found}`;
  return [{ what, where: path, try: advice }];
}

function openPart(folder: string, files: readonly RecordFile[], layout: CifarLayout): SourcePart {
  const stamps = files.map(({ file }) => fileStamp(file, join(folder, file)));
  // One file is kept at a time: images are asked for in order.
  let open: { readonly index: number; readonly bytes: Buffer } | null = null;
  const bytesOf = (index: number): Buffer => {
    if (open?.index !== index) {
      const path = join(folder, files[index]!.file);
      open = { index, bytes: reading(`a file of ${layout.title}`, path, () => readFileSync(path)) };
    }
    return open.bytes;
  };
  const labels = files.map((file, f) => readLabels(bytesOf(f), join(folder, file.file), file, layout));
  open = null;
  const problems = labels.flatMap((each) => each.problems).slice(0, shownProblems);
  if (problems.length > 0) throw badInput('E_DATA_IMAGES', problems);

  const starts = files.map((_, f) => files.slice(0, f).reduce((sum, { records }) => sum + records, 0));
  const place = (index: number): [file: number, row: number] => {
    const file = starts.findLastIndex((start) => start <= index);
    return [file, index - starts[file]!];
  };
  const record = recordBytes(layout);
  return fixedSizePart({
    width: side,
    height: side,
    labels: Uint16Array.from(labels.flatMap((each) => [...each.labels])),
    name: (index) => `${join(folder, files[place(index)[0]]!.file)}#${place(index)[1]}`,
    stamp: (index) => `${stamps[place(index)[0]]!}|${place(index)[1]}`,
    unpack(index, out) {
      const [file, row] = place(index);
      const bytes = bytesOf(file);
      const start = row * record + layout.labels.length;
      for (let p = 0; p < plane; p++) {
        out[3 * p] = bytes[start + p]!;
        out[3 * p + 1] = bytes[start + plane + p]!;
        out[3 * p + 2] = bytes[start + 2 * plane + p]!;
      }
    },
  });
}

/** The labels that are learned; every byte is checked, since one that lies casts doubt on all. */
function readLabels(
  bytes: Buffer,
  path: string,
  { records }: RecordFile,
  layout: CifarLayout,
): { readonly labels: Uint16Array; readonly problems: readonly Problem[] } {
  const record = recordBytes(layout);
  const labels = new Uint16Array(records);
  const problems: Problem[] = [];
  for (let i = 0; i < records; i++) {
    labels[i] = bytes[i * record + layout.label]!;
    layout.labels.forEach(({ kind, classes }, at) => {
      const label = bytes[i * record + at]!;
      if (label < classes.length || problems.length >= shownProblems) return;
      problems.push({
        what: `expected a ${kind === '' ? '' : `${kind} `}label from 0 to ${classes.length - 1} but found ${label}`,
        where: `${path}#${i}`,
      });
    });
  }
  return { labels, problems };
}

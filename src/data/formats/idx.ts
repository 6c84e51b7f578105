import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { badInput } from '../../util/errors.js';
import type { Problem } from '../../util/errors.js';
import { countNotes } from '../published-counts.js';
import type { DataSource, SourcePart } from '../source.js';
import { reading } from '../read-problem.js';
import { fileStamp } from './file-stamp.js';
import { fixedSizePart } from './fixed-size-part.js';

/** The two files of a split, without `.gz`. */
export interface IdxPair {
  readonly images: string;
  readonly labels: string;
}

export interface IdxLayout {
  /** `data.name`. */
  readonly name: string;
  readonly title: string;
  readonly train: IdxPair;
  readonly test: IdxPair;
  readonly classes: readonly string[];
  /** Height and width of the images. */
  readonly side: number;
  readonly published: { readonly train: number; readonly test: number };
}

/** Unsigned bytes in three dimensions (count, height, width), and in one (count). */
const imagesMagic = 0x0803;
const labelsMagic = 0x0801;
const shownProblems = 10;

/**
 * Grey images in MNIST's format (LeCun, Cortes, Burges 1998): two files a split, gzipped or not, a header of
 * big-endian numbers before the bytes. A grey value becomes red, green and blue alike. Files that say one thing and
 * hold another are refused.
 */
export function openIdx(dir: string, layout: IdxLayout): DataSource {
  const advice = `fetch it again: \`involve data get ${layout.name}\``;
  const train = openPart(dir, layout.train, layout, advice);
  const test = openPart(dir, layout.test, layout, advice);
  return {
    classes: layout.classes,
    notes: countNotes({ train, test }, layout.published),
    version: `${layout.name}-triangle-1`,
    train,
    test,
  };
}

function openPart(dir: string, pair: IdxPair, layout: IdxLayout, advice: string): SourcePart {
  const { classes, side, title } = layout;
  const images = readIdx(dir, pair.images, { title, magic: imagesMagic, dimensions: [side, side], advice });
  const labels = readIdx(dir, pair.labels, { title, magic: labelsMagic, dimensions: [], advice });
  if (images.count !== labels.count) {
    throw badInput('E_DATA_LAYOUT', {
      what: `there are ${labels.count} labels for ${images.count} images`,
      where: labels.path,
      try: advice,
    });
  }
  const problems: Problem[] = [];
  labels.bytes.forEach((label, i) => {
    if (label < classes.length || problems.length >= shownProblems) return;
    const what = `expected a label from 0 to ${classes.length - 1} but found ${label}`;
    problems.push({ what, where: `${labels.path}#${i}` });
  });
  if (problems.length > 0) throw badInput('E_DATA_IMAGES', problems);
  const stamp = fileStamp(basename(images.path), images.path);
  const plane = side * side;
  return fixedSizePart({
    width: side,
    height: side,
    labels: Uint16Array.from(labels.bytes),
    name: (index) => `${images.path}#${index}`,
    stamp: (index) => `${stamp}|${index}`,
    unpack(index, out) {
      const start = index * plane;
      for (let p = 0; p < plane; p++) out.fill(images.bytes[start + p]!, 3 * p, 3 * p + 3);
    },
  });
}

interface IdxFile {
  readonly path: string;
  readonly count: number;
  /** What follows the header. */
  readonly bytes: Uint8Array;
}

interface Expected {
  readonly title: string;
  readonly magic: number;
  /** Behind the count. */
  readonly dimensions: readonly number[];
  readonly advice: string;
}

function readIdx(dir: string, name: string, { title, magic, dimensions, advice }: Expected): IdxFile {
  const packed = join(dir, `${name}.gz`);
  const path = existsSync(packed) ? packed : join(dir, name);
  const refusal = (what: string): Error => badInput('E_DATA_LAYOUT', { what, where: path, try: advice });
  if (!existsSync(path)) {
    throw badInput('E_DATA_LAYOUT', { what: `a file of ${title} is missing`, where: packed, try: advice });
  }
  const file = reading(`a file of ${title}`, path, () => readFileSync(path));
  const content = path === packed ? unzip(file, refusal) : file;
  const header = 4 * (2 + dimensions.length);
  if (content.length < header)
    throw refusal(`the file ends within its header, after ${content.length} bytes`);
  const found = content.readUInt32BE(0);
  if (found !== magic) {
    throw refusal(`expected an IDX file that starts with ${hex(magic)} but found ${hex(found)}`);
  }
  const count = content.readUInt32BE(4);
  const sizes = dimensions.map((_, i) => content.readUInt32BE(8 + 4 * i));
  if (sizes.join() !== dimensions.join()) {
    throw refusal(`expected images of ${dimensions.join('×')} but found ${sizes.join('×')}`);
  }
  const expected = header + dimensions.reduce((product, size) => product * size, count);
  if (content.length !== expected) {
    throw refusal(
      `its header says ${count} ${dimensions.length === 0 ? 'labels' : 'images'}, ${expected} bytes, but there are ${content.length}`,
    );
  }
  return { path, count, bytes: content.subarray(header) };
}

/** More than this is no set of small images but an attack on the memory. */
const maximumBytes = 1 << 30;

function unzip(file: Buffer, refusal: (what: string) => Error): Buffer {
  try {
    return gunzipSync(file, { maxOutputLength: maximumBytes });
  } catch (error) {
    throw refusal(`the gzip file is damaged or cut short: ${(error as Error).message}`);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '../../util/errors.js';
import type { Problem } from '../../util/errors.js';
import { subfolder } from './image-folder.js';
import { resize } from '../resize.js';
import type { DataSource, SourcePart } from '../source.js';

export const cifar10Classes = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

const side = 32;
const plane = side * side;
const record = 1 + 3 * plane;
const recordsPerFile = 10_000;
const trainFiles = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
const testFiles = ['test_batch.bin'];

/**
 * CIFAR-10, binary version (Krizhevsky 2009): records of a label byte and the red, green and blue planes of a
 * 32×32 image. Other input sizes are resized with a triangle filter (bilinear; antialiased when shrinking).
 */
export function openCifar10(dir: string): Promise<DataSource> {
  const folder = subfolder(dir, 'cifar-10-batches-bin') ?? dir;
  const problems = [...trainFiles, ...testFiles].flatMap((file) => fileProblem(join(folder, file)));
  if (problems.length > 0) throw badInput('E_DATA_LAYOUT', problems);
  return Promise.resolve({
    classes: cifar10Classes,
    notes: [],
    version: 'cifar10-triangle-1',
    train: openPart(folder, trainFiles),
    test: openPart(folder, testFiles),
  });
}

function fileProblem(file: string): Problem[] {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  const expected = record * recordsPerFile;
  if (size === expected) return [];
  const advice = 'fetch it again: `involve data get cifar10`';
  return size === undefined
    ? [{ what: 'a file of CIFAR-10 (binary version) is missing', where: file, try: advice }]
    : [{ what: `expected ${expected} bytes of CIFAR-10 but found ${size}`, where: file, try: advice }];
}

function openPart(folder: string, files: readonly string[]): SourcePart {
  const labels = new Uint16Array(files.length * recordsPerFile);
  const stamps = files.map((file) => {
    const { size, mtimeMs } = statSync(join(folder, file));
    return `${file}|${size}|${mtimeMs}`;
  });
  // One file is kept at a time: images are asked for in order.
  let open: { readonly index: number; readonly bytes: Buffer } | null = null;
  const bytesOf = (index: number): Buffer => {
    if (open?.index !== index) open = { index, bytes: readFileSync(join(folder, files[index]!)) };
    return open.bytes;
  };
  const problems: Problem[] = [];
  files.forEach((file, f) => {
    const bytes = bytesOf(f);
    for (let i = 0; i < recordsPerFile; i++) {
      const label = bytes[i * record]!;
      labels[f * recordsPerFile + i] = label;
      if (label >= cifar10Classes.length && problems.length < 10) {
        problems.push({
          what: `expected a label from 0 to 9 but found ${label}`,
          where: `${join(folder, file)}#${i}`,
        });
      }
    }
  });
  open = null;
  if (problems.length > 0) throw badInput('E_DATA_IMAGES', problems);

  const rgb = new Uint8Array(3 * plane);
  const place = (index: number): [file: number, row: number] => [
    Math.floor(index / recordsPerFile),
    index % recordsPerFile,
  ];
  const part: SourcePart = {
    count: labels.length,
    labels,
    name: (index) => `${join(folder, files[place(index)[0]]!)}#${place(index)[1]}`,
    stamp: (index) => `${stamps[place(index)[0]]!}|${place(index)[1]}`,
    read(index, size, out) {
      const [file, row] = place(index);
      const bytes = bytesOf(file);
      const start = row * record + 1;
      const target = size === side ? out : rgb;
      for (let p = 0; p < plane; p++) {
        target[3 * p] = bytes[start + p]!;
        target[3 * p + 1] = bytes[start + plane + p]!;
        target[3 * p + 2] = bytes[start + 2 * plane + p]!;
      }
      if (size !== side) {
        resize(rgb, { width: side, height: side }, { left: 0, top: 0, width: side, height: side }, out, size);
      }
    },
    native(index) {
      const pixels = new Uint8Array(3 * plane);
      void part.read(index, side, pixels);
      return { width: side, height: side, pixels };
    },
  };
  return part;
}

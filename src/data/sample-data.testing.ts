import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { DataConfig } from './options.js';
import { bitsAt, makeKey } from '../util/random.js';
import { loadSharp } from './formats/decode-image.js';

/** Small images made on the spot, for tests: no image is kept in the repository. */

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder below the temporary folder of the system, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'involve-data-'));
  folders.push(folder);
  return folder;
}

/** Writes a file of seeded noise in the format its name ends in. */
export async function writeNoise(file: string, width: number, height: number, seed: string): Promise<void> {
  const key = makeKey('sample', seed);
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => bitsAt(key, i) & 255);
  const sharp = await loadSharp();
  mkdirSync(dirname(file), { recursive: true });
  await sharp(pixels, { raw: { width, height, channels: 3 } }).toFile(file);
}

/** `<dir>/<split>/<class>/<n>.png`, `counts[split]` images a class. */
export async function writeImageFolder(
  dir: string,
  classes: readonly string[],
  counts: Readonly<Record<string, number>>,
  side = 12,
): Promise<void> {
  for (const [split, count] of Object.entries(counts)) {
    for (const name of classes) {
      mkdirSync(join(dir, split, name), { recursive: true });
      for (let i = 0; i < count; i++) {
        const path = join(dir, split, name, `${String(i).padStart(3, '0')}.png`);
        await writeNoise(path, side, side, `${split}/${name}/${i}`);
      }
    }
  }
}

/** Writes a text file and the folders above it. */
export async function writeText(file: string, text: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** The `data` section of a config with its defaults. */
export function dataConfig(changes: Partial<DataConfig>): DataConfig {
  return {
    name: 'image-folder',
    dir: null,
    inputSize: 8,
    resize: 'squeeze',
    cropFraction: 0.875,
    cache: 'whole',
    workers: 'auto',
    validation: 0.25,
    splitSeed: 0,
    limit: { train: null, validation: null, test: null },
    skipBadImages: false,
    ...changes,
  };
}

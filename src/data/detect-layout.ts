import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConfig } from './options.js';
import { findIntel } from './sets/intel.js';

/** Which data set a folder looks like; what looks like none is taken for class folders. */
export function detectLayout(dir: string): Exclude<DataConfig['name'], 'scenes'> {
  if (!(statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false)) return 'image-folder';
  const batches = ['data_batch_1.bin', 'cifar-10-batches-bin/data_batch_1.bin'];
  if (batches.some((file) => existsSync(join(dir, file)))) return 'cifar10';
  if (existsSync(join(dir, 'train'))) return 'image-folder';
  return findIntel(dir) === null ? 'image-folder' : 'intel';
}

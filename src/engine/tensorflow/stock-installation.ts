import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TensorflowInstallation } from './installation.js';
import { findStockTfjsNode } from './stock.js';

/**
 * A tfjs-node-gpu as npm installed it, as an installation of ours: its JavaScript, and the library that its install
 * script fetched, called without its compiled binding. Null where there is none, or a part of it is missing.
 */
export function stockInstallation(cwd: string = process.cwd()): TensorflowInstallation | null {
  const [stock] = findStockTfjsNode(cwd).filter(
    ({ name, lacks }) => name === '@tensorflow/tfjs-node-gpu' && lacks === null,
  );
  if (stock === undefined) return null;
  const { dir } = stock;
  const lib = (name: string): string | undefined =>
    [`${name}.so.2`, `${name}.so`]
      .map((file) => join(dir, 'deps', 'lib', file))
      .find((file) => existsSync(file));
  const library = lib('libtensorflow');
  const framework = lib('libtensorflow_framework');
  if (library === undefined || framework === undefined) return null;
  return {
    dir,
    flavour: 'cuda',
    version: STOCK_TENSORFLOW,
    library,
    framework,
    nodeKernels: dir,
    includes: null,
    customOps: null,
  };
}

/** The libtensorflow that tfjs-node-gpu 4.22.0 fetches. */
const STOCK_TENSORFLOW = '2.9.1';

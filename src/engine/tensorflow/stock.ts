import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An `@tensorflow/tfjs-node` or `-gpu` as npm installed it, with a library that its install script fetched. */
export interface StockTfjsNode {
  readonly name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
  readonly version: string;
  /** The package's folder. */
  readonly dir: string;
  /** What its install script left out of what is needed here; null where all is there. Its compiled binding is not. */
  readonly lacks: string | null;
}

const NAMES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * Looks for a stock tfjs-node, the one for GPUs first: as seen from a folder, then from this program. Loads nothing.
 *
 * @param cwd where the user is
 */
export function findStockTfjsNode(cwd: string, own: string = import.meta.url): StockTfjsNode[] {
  const found = NAMES.flatMap((name) => {
    const manifest = resolveFrom(join(cwd, 'x.js'), name) ?? resolveFrom(own, name);
    return manifest === undefined ? [] : [{ name, manifest }];
  });
  return found.map(({ name, manifest }) => {
    const dir = dirname(manifest);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return { name, version, dir, lacks: lacking(dir) };
  });
}

// --- internal ---

function resolveFrom(place: string, name: string): string | undefined {
  try {
    return createRequire(place).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
}

/** Its install script puts libtensorflow below deps/. */
function lacking(dir: string): string | null {
  const libraries = existsSync(join(dir, 'deps/lib')) ? readdirSync(join(dir, 'deps/lib')) : [];
  const has = (name: string): boolean => libraries.some((each) => each.startsWith(`${name}.`));
  return has('libtensorflow') && has('libtensorflow_framework') ? null : 'libtensorflow (deps/lib)';
}

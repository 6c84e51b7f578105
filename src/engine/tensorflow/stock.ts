import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An `@tensorflow/tfjs-node` or `-gpu` as npm installed it, with a binding and a library of its own. */
export interface StockTfjsNode {
  readonly name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
  readonly version: string;
  /** The package's folder. */
  readonly dir: string;
  /** Why it cannot work, where its install script did not finish; null where all parts are there. */
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

/** Its install script puts a compiled binding below lib/ and libtensorflow below deps/. */
function lacking(dir: string): string | null {
  const bindings = existsSync(join(dir, 'lib'))
    ? readdirSync(join(dir, 'lib')).filter((name) => existsSync(join(dir, 'lib', name, 'tfjs_binding.node')))
    : [];
  if (bindings.length === 0) return 'its compiled binding (lib/napi-v*/tfjs_binding.node)';
  const libraries = existsSync(join(dir, 'deps/lib')) ? readdirSync(join(dir, 'deps/lib')) : [];
  return libraries.some((name) => /^libtensorflow\.(so|.*dylib)/.test(name))
    ? null
    : 'libtensorflow (deps/lib)';
}

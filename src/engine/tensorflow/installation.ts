import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultCacheDir } from '../../util/cache-dir.js';
import { withHome } from '../../util/home-path.js';
import { findCustomOps } from './native/build.js';
import { SYSTEMS } from './systems.js';

export const FLAVOURS = ['cuda', 'cpu'] as const;
/** Which libtensorflow: for processors alone, or for NVIDIA's GPUs as well. */
export type TensorflowFlavour = (typeof FLAVOURS)[number];

/** A libtensorflow that `involve engine install` put on this machine. All paths are absolute. */
export interface TensorflowInstallation {
  /** The folder of this installation. */
  readonly dir: string;
  readonly flavour: TensorflowFlavour;
  /** Of TensorFlow, e.g. `2.21.0`. */
  readonly version: string;
  /** libtensorflow_cc: the C API and the kernels. */
  readonly library: string;
  /** libtensorflow_framework. */
  readonly framework: string;
  /** The unpacked package @tensorflow/tfjs-node-gpu, JavaScript only. */
  readonly nodeKernels: string;
  /** Folder of TensorFlow's C headers, for building the custom operations; null where the wheel has none. */
  readonly includes: string | null;
  /** The library of custom operations built here, if there is one. */
  readonly customOps: string | null;
}

/** `manifest.json` of an installation: written last, so that a folder with one is whole. */
export interface InstallationManifest {
  readonly format: 1;
  readonly flavour: TensorflowFlavour;
  readonly version: string;
  /** Version of @tensorflow/tfjs-node-gpu. */
  readonly nodeKernels: string;
  /** File names of the wheels it was made from. */
  readonly wheels: readonly string[];
  /** When it was installed, ISO 8601. */
  readonly installed: string;
}

export const MANIFEST = 'manifest.json';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The installation to use: of the given flavour, or CUDA before CPU; the one installed last where there are
 * several versions. Null where there is none.
 *
 * @param dir parent folder of installations, in the place of the usual ones
 */
export function findInstallation(
  flavour?: TensorflowFlavour,
  dir?: string,
  env: Environment = process.env,
): TensorflowInstallation | null {
  const all = listInstallations(dir, env);
  const wanted = flavour === undefined ? FLAVOURS : [flavour];
  for (const each of wanted) {
    const found = all.find((installation) => installation.flavour === each);
    if (found !== undefined) return found;
  }
  return null;
}

/** Every whole installation, the one installed last first. */
export function listInstallations(dir?: string, env: Environment = process.env): TensorflowInstallation[] {
  const parents = dir === undefined ? enginesDirs(env) : [resolve(dir)];
  return parents
    .flatMap(foldersOf)
    .flatMap((folder) => readInstallation(folder) ?? [])
    .sort((a, b) => b.manifest.installed.localeCompare(a.manifest.installed))
    .map(({ installation }) => installation);
}

/** Name of the folder of an installation. */
export function installationName(flavour: TensorflowFlavour, version: string): string {
  return `tensorflow-${flavour}-${version}`;
}

/** Where installations go by default: `INVOLVE_ENGINE_DIR`, else a folder in the cache. */
export function defaultEnginesDir(env: Environment = process.env): string {
  const { INVOLVE_ENGINE_DIR: named } = env;
  return named
    ? resolve(withHome(named, 'INVOLVE_ENGINE_DIR'))
    : resolve(join(defaultCacheDir(env), 'engines'));
}

/** The file that remembers the folders given by `engine install --dir`, a JSON list. */
export function rememberedFile(env: Environment = process.env): string {
  return join(defaultCacheDir(env), 'engines', 'elsewhere.json');
}

/** The parent folders to look in. A folder named by the environment is the only one. */
export function enginesDirs(env: Environment = process.env): string[] {
  const first = defaultEnginesDir(env);
  return env.INVOLVE_ENGINE_DIR ? [first] : [...new Set([first, ...readRemembered(env)])];
}

/** The folders given by `engine install --dir` so far. */
export function readRemembered(env: Environment = process.env): string[] {
  try {
    const list = JSON.parse(readFileSync(rememberedFile(env), 'utf8')) as unknown;
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}

/** The installation in a folder; null where there is none, or parts of it are missing. */
export function readInstallation(
  dir: string,
): { installation: TensorflowInstallation; manifest: InstallationManifest } | null {
  const manifest = readManifest(dir);
  if (manifest === null) return null;
  const libraries = Object.values(SYSTEMS)
    .map(({ library, framework }) => [library, framework].map((name) => join(dir, 'tensorflow', name)))
    .find((paths) => paths.every((path) => existsSync(path)));
  const nodeKernels = join(dir, 'tfjs-node');
  const includes = join(dir, 'tensorflow', 'include');
  if (libraries === undefined || !existsSync(join(nodeKernels, 'package.json'))) return null;
  const [library, framework] = libraries;
  const installation = {
    dir,
    flavour: manifest.flavour,
    version: manifest.version,
    library,
    framework,
    nodeKernels,
    includes: existsSync(includes) ? includes : null,
    customOps: findCustomOps({ dir }),
  };
  return { installation, manifest };
}

// --- internal ---

function readManifest(dir: string): InstallationManifest | null {
  try {
    const manifest = JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')) as InstallationManifest;
    const isOurs = manifest.format === 1 && FLAVOURS.includes(manifest.flavour);
    return isOurs && typeof manifest.version === 'string' ? manifest : null;
  } catch {
    return null;
  }
}

function foldersOf(parent: string): string[] {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith('tensorflow-'))
      .map((name) => join(parent, name));
  } catch {
    return [];
  }
}

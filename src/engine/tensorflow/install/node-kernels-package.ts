import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InvolveError } from '../../../util/errors.js';
import { missing, runFailed } from '../../../util/errors.js';
import { runChild, type ChildEnd } from './child.js';
import { makeFolder } from '../../../util/writing/make-folder.js';
import { errorCode, explainWriteError } from '../../../util/system-error.js';

/** A version of the package whose JavaScript kernels we use, and the SHA-512 its file has at npm. */
export interface NodeKernelsPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-…`, as npm's registry and lock files write it. */
  readonly integrity: string;
}

export const NODE_KERNELS: NodeKernelsPackage = {
  name: '@tensorflow/tfjs-node-gpu',
  version: '4.22.0',
  integrity:
    'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
};

interface NpmOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * Fetches the package by the user's own npm, and so from their registry or mirror; its install script, which
 * would download a TensorFlow of 2022, is never run. A file that is here already is not fetched again.
 *
 * @param folder where the file goes
 * @returns the path, and the bytes fetched by this call
 */
export async function downloadNodeKernels(
  wanted: NodeKernelsPackage,
  folder: string,
  options: NpmOptions,
): Promise<{ path: string; fetched: number }> {
  const path = join(folder, `tfjs-node-gpu-${wanted.version}.tgz`);
  if (existsSync(path) && integrityOf(path) === wanted.integrity) return { path, fetched: 0 };
  const temporary = await mkdtemp(join(folder, '.npm-'));
  try {
    const spec = `${wanted.name}@${wanted.version}`;
    const end = await npm(
      ['pack', spec, '--pack-destination', temporary, '--ignore-scripts'],
      temporary,
      options,
    );
    const name = (await readdir(temporary)).find((each) => each.endsWith('.tgz'));
    if (end.code !== 0 || name === undefined) throw npmFailure(spec, end);
    const fetched = join(temporary, name);
    const actual = integrityOf(fetched);
    if (actual !== wanted.integrity) {
      throw runFailed('E_CHECKSUM', {
        what: `npm's file of ${spec} has ${actual}, expected ${wanted.integrity}; it was removed`,
        where: 'npm config get registry',
        try: 'the same command again; if it stays so, that registry has another file under this name',
      });
    }
    await rename(fetched, path);
    return { path, fetched: readFileSync(path).length };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Unpacks the package's JavaScript, its manifest and its licence into a folder. */
export async function unpackNodeKernels(file: string, dir: string): Promise<void> {
  const tar = await import('tar');
  try {
    await makeFolder(dir);
    await tar.extract({
      file,
      cwd: dir,
      strip: 1,
      strict: true,
      noChmod: true,
      noMtime: true,
      filter: (path, entry) =>
        'type' in entry &&
        entry.type === 'File' &&
        /^package\/(dist\/[\w./-]+\.js|package\.json|LICENSE)$/.test(path) &&
        !path.split('/').includes('..'),
    });
  } catch (error) {
    throw explainWriteError(error, dir) ?? error;
  }
}

// --- internal ---

function integrityOf(path: string): string {
  return `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
}

/** Runs the npm that runs us (`npx involve …`), else the one on PATH. */
async function npm(args: readonly string[], cwd: string, { env, signal }: NpmOptions): Promise<ChildEnd> {
  const own = env.npm_execpath;
  const isNpm = own !== undefined && /npm-cli\.c?js$/.test(own) && existsSync(own);
  try {
    // In a folder of its own, so that no project's package.json has a say.
    return await (isNpm
      ? runChild(process.execPath, [own, ...args], { env, signal, cwd })
      : runChild('npm', args, { env, signal, cwd }));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw missing(
      'E_NPM_MISSING',
      {
        what: 'npm fetches the kernels of tfjs-node, and there is no npm on PATH',
        try: 'put the npm that came with Node on PATH',
      },
      { cause: error },
    );
  }
}

function npmFailure(spec: string, { stderr, code }: ChildEnd): InvolveError {
  const lines = stderr.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  const isCode = (line: string): boolean => /^(code|errno|syscall) /.test(line);
  const said = lines.find(
    (line, i) => stderr.split('\n')[i].startsWith('npm ') && line !== '' && !isCode(line),
  );
  return runFailed('E_DOWNLOAD', {
    what: `npm could not fetch ${spec}: ${said ?? `exit code ${code}`}`,
    where: 'npm config get registry',
    try: 'check the network, the proxy and that registry, then the same command again',
  });
}

import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fetchable } from '../data/sets/index.js';
import type { InvolveError } from '../util/errors.js';
import { gigabytes } from '../util/gigabytes.js';
import { packageFile } from '../util/package-file.js';

/** One thing that was looked at. Only `lacks` keeps training from running. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'note' | 'lacks';
  readonly detail: string;
  /** The command that mends it. */
  readonly fix?: string;
}

/** Looks at this machine; TensorFlow, where it is installed, is tried in a process of its own (a second or two). */
export async function examine(cwd: string): Promise<Check[]> {
  return [
    checkNode(process.versions.node),
    { name: 'processor', status: 'ok', detail: `${availableParallelism()} cores, ${process.arch}` },
    { name: 'memory', status: 'ok', detail: gigabytes(totalmem()) },
    ...(await checkWasm()),
    ...(await checkTensorflow()),
    await checkMpi(process.env),
    await checkSharp(),
    checkDisk(join(cwd, 'runs')),
    ...fetchable.map(({ name }) => checkData(cwd, name)),
  ];
}

/** Whether this Node is one that package.json asks for, under `engines`. */
export function checkNode(version: string): Check {
  const least = leastNode();
  const [major, minor] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = least.split('.').map(Number);
  const isNew = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isNew) return { name: 'node', status: 'ok', detail: version };
  return {
    name: 'node',
    status: 'lacks',
    detail: `${version} is older than ${least}`,
    fix: 'nvm install 22',
  };
}

// --- internal ---

function leastNode(): string {
  const { engines } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    engines: { node: string };
  };
  return engines.node.replace('>=', '');
}

/** A module of one function that uses i8x16.splat and drops it. */
const SIMD_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0], // header
  ...[1, 4, 1, 96, 0, 0], // one type: () → ()
  ...[3, 2, 1, 0], // one function of it
  ...[10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11],
]);

async function checkWasm(): Promise<Check[]> {
  if (!WebAssembly.validate(SIMD_PROBE)) {
    const detail = 'this processor or this Node has no WebAssembly SIMD';
    return [{ name: 'wasm engine', status: 'lacks', detail, fix: 'run on a machine with SSE4.1 or NEON' }];
  }
  const { hasRelaxedSimd, loadKernels } = await import('../engine/wasm/loader.js');
  const hasRelaxed = hasRelaxedSimd();
  const simd: Check = hasRelaxed
    ? { name: 'simd', status: 'ok', detail: 'SIMD and relaxed SIMD (fused multiply-add)' }
    : { name: 'simd', status: 'note', detail: 'SIMD, without fused multiply-add', fix: 'Node 22 has it' };
  try {
    loadKernels(hasRelaxed);
    return [simd, { name: 'wasm engine', status: 'ok', detail: 'kernels are built and compile' }];
  } catch (error) {
    const problem = (error as InvolveError).problems?.[0];
    const detail = problem?.what ?? `kernels do not compile: ${(error as Error).message}`;
    return [simd, { name: 'wasm engine', status: 'lacks', detail, fix: 'npm run build' }];
  }
}

/** Nothing to lack: where it is not, the wasm engine trains. */
async function checkTensorflow(): Promise<Check[]> {
  const { tensorflowStatus } = await import('../engine/tensorflow/status.js');
  const rows = await tensorflowStatus();
  return rows.map(({ available, detail, reason, fix }) => ({
    name: 'tensorflow engine',
    status: available && fix === undefined ? 'ok' : 'note',
    detail: available ? detail : `${detail}: ${reason!.split('\n')[0]}`,
    ...(fix === undefined ? {} : { fix }),
  }));
}

/**
 * Nothing to lack either: one machine needs none.
 * @param env may name a library of MPI
 */
export async function checkMpi(env: NodeJS.ProcessEnv): Promise<Check> {
  const { foundMpis } = await import('./workers/mpi/library.js');
  const name = 'mpi';
  try {
    const found = await foundMpis(env);
    if (found.length > 0) {
      const detail = found.map(({ version, file }) => `${version} (${file})`).join(', ');
      return { name, status: 'ok', detail };
    }
    const detail = 'none found: training on several machines at once needs it';
    return { name, status: 'note', detail, fix: 'apt-get install openmpi-bin' };
  } catch (error) {
    const [problem] = (error as InvolveError).problems ?? [];
    return {
      name,
      status: 'note',
      detail: problem?.what ?? String(error),
      ...(problem?.try && { fix: problem.try }),
    };
  }
}

async function checkSharp(): Promise<Check> {
  try {
    const { default: sharp } = await import('sharp');
    return { name: 'sharp', status: 'ok', detail: `libvips ${sharp.versions.vips}` };
  } catch (error) {
    const detail = `does not load: ${(error as Error).message.trim().split('\n')[0]}`;
    const fix = `npm install --os=${process.platform} --cpu=${process.arch} sharp`;
    return { name: 'sharp', status: 'lacks', detail, fix };
  }
}

function checkDisk(runs: string): Check {
  const folder = existsSync(runs) ? runs : dirname(runs);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${gigabytes(free)} free in ${runs}`;
  // The checkpoints of one run of the largest model of the articles, last and best.
  return free >= 1e9
    ? { name: 'disk', status: 'ok', detail }
    : { name: 'disk', status: 'note', detail, fix: 'checkpoints may not fit' };
}

function checkData(cwd: string, name: string): Check {
  const folder = `datasets/${name}`;
  return existsSync(join(cwd, folder))
    ? { name: `data ${name}`, status: 'ok', detail: folder }
    : { name: `data ${name}`, status: 'note', detail: `not in ${folder}`, fix: `involve data get ${name}` };
}

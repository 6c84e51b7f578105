import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cLibrary, loadKoffi } from '../../util/koffi.js';
import { openCApi, type CApi } from './c-api/c-api.js';
import { findInstallation, type TensorflowInstallation } from './installation.js';
import { openTensorflow, type OpenTensorflow } from './open.js';

const installation = findInstallation('cuda');

/** Why there is no GPU that is none, or undefined where one can be made. */
export const NO_FAKE_GPU: string | undefined = reasonAgainst();

/**
 * Opens TensorFlow with a GPU that is none (`fake-gpu.testing.c`): TensorFlow's own placer and graph optimisers see it,
 * tensors lie on it, and what computes on it fails. Placements are written to the log.
 */
export async function openOnFakeGpu(): Promise<OpenTensorflow> {
  process.env.TF_CPP_MIN_LOG_LEVEL = '0';
  const api = await openCApi(installation!.library);
  const load = (await loadKoffi())
    .load(installation!.library)
    .func('TF_LoadPluggableDeviceLibrary', 'uintptr_t', ['const char *', 'uintptr_t']) as Load;
  const folder = mkdtempSync(join(tmpdir(), 'involve-fake-gpu-'));
  try {
    load(compilePlugin(installation!, folder), api.status);
    api.check();
  } finally {
    rmSync(folder, { recursive: true });
  }
  logPlacements(api);
  return openTensorflow({
    installation: installation!,
    threads: 1,
    useGpu: true,
    // As `--device cuda` has it: what has no kernel on the GPU is an error.
    softPlacement: false,
    deterministic: true,
    mixedPrecision: false,
    layoutOptimizer: true,
    customOps: true,
  });
}

/** What TensorFlow writes during this work, to the log and to stdout. */
export async function logOf(work: () => Promise<void>): Promise<string> {
  const libc = (await loadKoffi()).load(cLibrary());
  const dup = libc.func('dup', 'int', ['int']) as (file: number) => number;
  const dup2 = libc.func('dup2', 'int', ['int', 'int']) as (from: number, to: number) => number;
  const fflush = libc.func('fflush', 'int', ['uintptr_t']) as (all: 0) => number;
  const folder = mkdtempSync(join(tmpdir(), 'involve-log-'));
  const path = join(folder, 'log');
  const file = openSync(path, 'w');
  const outputs = [1, 2].map((output) => ({ output, kept: dup(output) }));
  for (const { output } of outputs) dup2(file, output);
  try {
    await work();
  } finally {
    fflush(0);
    for (const { output, kept } of outputs) {
      dup2(kept, output);
      closeSync(kept);
    }
    closeSync(file);
  }
  const log = readFileSync(path, 'utf8');
  rmSync(folder, { recursive: true });
  return log;
}

/** A node, its operation and the device that it was placed on. */
export interface Placement {
  readonly node: string;
  readonly op: string;
  /** `GPU:0`. */
  readonly device: string;
}

/** The placements that a log tells of. */
export function placementsIn(log: string): Placement[] {
  const line = /(\S+): \((\w+)\): \/job:\S*\/device:(\w+:\d+)/g;
  return [...log.matchAll(line)].map(([, node, op, device]) => ({ node, op, device }));
}

// --- internal ---

type Load = (path: string, status: number) => number;

function reasonAgainst(): string | undefined {
  if (installation?.includes == null)
    return 'skipped: no TensorFlow with CUDA here (involve engine install cuda)';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'skipped: no C compiler (cc)';
  }
}

function compilePlugin({ includes }: TensorflowInstallation, folder: string): string {
  const source = fileURLToPath(new URL('./fake-gpu.testing.c', import.meta.url));
  const plugin = join(folder, 'fake-gpu.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-I', includes!, source, '-o', plugin]);
  return plugin;
}

/** log_device_placement of ConfigProto (field 8), in every session and context. */
function logPlacements(api: CApi): void {
  const set = api.TF_SetConfig;
  const logging: typeof set = Object.assign(
    (...[options, config, , status]: Parameters<typeof set>) => {
      const longer = Uint8Array.from([...(config as Uint8Array), 8 * 8, 1]);
      return set(options, longer, longer.length, status);
    },
    { async: set.async },
  );
  Object.assign(api, { TF_SetConfig: logging });
}

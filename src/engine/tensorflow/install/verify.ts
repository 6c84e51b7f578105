import { fileURLToPath } from 'node:url';
import { InvolveError, missing, type Problem } from '../../../util/errors.js';
import type { TensorflowInstallation } from '../installation.js';
import { runChild, type ChildEnd } from './child.js';

/** What an operation showed that ran. */
export interface Verified {
  /** As the library says it itself. */
  readonly version: string;
  /** Where it ran: `GPU` when there is one. */
  readonly device: 'CPU' | 'GPU';
  /** Memory of the GPU, in bytes; null without one. */
  readonly gpuMemoryBytes: number | null;
  /** Why a library with CUDA found no GPU, in its own words; null where it found one or does not look. */
  readonly noGpu: string | null;
}

/** What the child process answers with, a line of JSON. */
export type VerifyAnswer =
  | { readonly verified: Omit<Verified, 'noGpu'> }
  | { readonly error: { readonly code: string; readonly problems: readonly Problem[] } };

/** Built: a child process of Node reads no TypeScript, so that sources run by a test start it too. */
const WORKER = fileURLToPath(
  new URL('../../../../dist/engine/tensorflow/install/verify-worker.js', import.meta.url),
);

/**
 * Loads the library in a process of its own, where it may crash, and runs an operation: seconds.
 * @throws InvolveError (exit code 3) with the words of the loader, or the signal that ended the child
 */
export async function verifyInstallation(
  installation: TensorflowInstallation,
  signal?: AbortSignal,
  worker: string = WORKER,
): Promise<Verified> {
  const { library, flavour, version, dir } = installation;
  // Warnings tell why there is no GPU.
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: flavour === 'cuda' ? '0' : '2' };
  const end = await runChild(process.execPath, [worker, JSON.stringify(installation)], { env, signal });
  const answer = answerOf(end);
  if (answer === undefined) throw died(end, library, flavour);
  if ('error' in answer) {
    const { code, problems } = answer.error;
    throw new InvolveError(code, 3, problems);
  }
  const { verified } = answer;
  if (plain(verified.version) !== plain(version)) {
    throw missing('E_TENSORFLOW_BROKEN', {
      what: `the library says that it is TensorFlow ${verified.version}, expected ${version}`,
      where: dir,
      try: `involve engine remove ${flavour} && involve engine install ${flavour}`,
    });
  }
  const noGpu = flavour === 'cuda' && verified.device === 'CPU' ? reasonFor(end.stderr) : null;
  return { ...verified, noGpu };
}

// --- internal ---

/** The library calls 2.22.0rc0 `2.22.0-rc0`, and knows nothing of a `.post1` of Python's. */
function plain(version: string): string {
  return version.replace('-', '').replace(/\.post\d+$/, '');
}

function answerOf({ stdout }: ChildEnd): VerifyAnswer | undefined {
  const line = stdout.trim().split('\n').at(-1)!;
  try {
    return JSON.parse(line) as VerifyAnswer;
  } catch {
    return undefined;
  }
}

function died({ code, signal, stderr }: ChildEnd, library: string, flavour: string): InvolveError {
  const how = signal === null ? `exit code ${code}` : signal;
  const why =
    signal === 'SIGILL'
      ? ': this processor lacks instructions that it was built for'
      : (stderr.trim().split('\n').at(-1) ?? '').replace(/^(?=.)/, ': ');
  return missing('E_TENSORFLOW_BROKEN', {
    what: `TensorFlow ended its process when it was tried (${how})${why}`,
    where: library,
    try:
      signal === 'SIGILL'
        ? '--engine wasm'
        : `involve engine remove ${flavour} && involve engine install ${flavour}`,
  });
}

/** The line in which TensorFlow says what it did not find: the driver, a library, a device. */
function reasonFor(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^.*?\.cc:\d+\] /, '').trim());
  const telling =
    lines.find((line) => /failed call to cuInit|Cannot dlopen some GPU libraries/i.test(line)) ??
    lines.find((line) => /cuda drivers|no CUDA-capable device|libcuda/i.test(line));
  // CUDA_ERROR_SHARED_OBJECT_INIT_FAILED: libcuda.so.1, which comes with the driver, is not there.
  if (telling !== undefined && /cuInit.*\(303\)/.test(telling))
    return `there is no NVIDIA driver (${telling})`;
  return telling ?? 'TensorFlow found no NVIDIA GPU';
}

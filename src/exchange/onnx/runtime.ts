import { createRequire } from 'node:module';
import { join } from 'node:path';
import { defaultCacheDir } from '../../util/cache-dir.js';
import { missing } from '../../util/errors.js';
import { shellWord } from '../../util/shell-words.js';
import type { FileReader } from '../format.js';
import { PORTS } from './graph.js';

/** The version that the command below installs; others with this interface do as well. */
const VERSION = '1.30.0';
const PACKAGE = 'onnxruntime-node';

/** As much of onnxruntime-node as is needed. It is no dependency of this package: it is 288 MB. */
interface Runtime {
  readonly InferenceSession: {
    create(
      path: string,
      options: { readonly logSeverityLevel: number; readonly intraOpNumThreads?: number },
    ): Promise<Session>;
  };
  readonly Tensor: new (type: 'uint8', data: Uint8Array, dims: readonly number[]) => unknown;
  readonly env: { readonly versions: { readonly common: string; readonly node?: string } };
}

interface Session {
  run(
    feeds: Readonly<Record<string, unknown>>,
    fetches: readonly string[],
  ): Promise<Record<string, { readonly data: unknown }>>;
  release(): Promise<void>;
}

/** Folder into which onnxruntime-node is installed, beside what else is derived or fetched. */
export function runtimeFolder(): string {
  return join(defaultCacheDir(), 'onnxruntime');
}

/**
 * ONNX Runtime: beside this program, or in the cache folder.
 * @param otherwise what can be done without it, for the message
 * @throws InvolveError (exit code 3) where it is not there or does not load
 */
export function loadRuntime(otherwise?: string): Runtime {
  const places = [import.meta.url, join(runtimeFolder(), 'package.json')];
  let failure: unknown;
  for (const place of places) {
    try {
      return createRequire(place)(PACKAGE) as Runtime;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'MODULE_NOT_FOUND') failure ??= error;
    }
  }
  // Without its scripts, which would fetch libraries of CUDA that are not needed here.
  const install = `npm install --ignore-scripts --prefix ${shellWord(runtimeFolder())} ${PACKAGE}@${VERSION}`;
  throw missing('E_NO_ONNXRUNTIME', {
    what:
      failure === undefined
        ? `ONNX Runtime (${PACKAGE}) is not on this machine`
        : `ONNX Runtime does not load: ${(failure as Error).message}`,
    try: otherwise === undefined ? install : `${install}, or ${otherwise}`,
  });
}

/**
 * Opens a file for images of its size.
 * @param threads null: as many as ONNX Runtime takes
 */
export async function openOnnxFile(
  runtime: Runtime,
  path: string,
  threads: number | null = null,
): Promise<FileReader> {
  const session = await runtime.InferenceSession.create(path, {
    logSeverityLevel: ERRORS,
    ...(threads !== null && { intraOpNumThreads: threads }),
  });
  const { versions } = runtime.env;
  return {
    description: `${PACKAGE} ${versions.node ?? versions.common}`,
    logits: async (pixels, count) => {
      const size = Math.sqrt(pixels.length / count / 3);
      const images = new runtime.Tensor('uint8', pixels, [count, size, size, 3]);
      const { [PORTS.logits]: logits } = await session.run({ [PORTS.images]: images }, [PORTS.logits]);
      return logits.data as Float32Array;
    },
    close: () => session.release(),
  };
}

// --- internal ---

/** Of ONNX Runtime's levels of messages. */
const ERRORS = 3;

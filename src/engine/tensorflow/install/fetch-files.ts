import { rm } from 'node:fs/promises';
import { InvolveError } from '../../../util/errors.js';
import { downloadNodeKernels, type NodeKernelsPackage } from './node-kernels-package.js';
import { downloadWheel, type PipOptions } from './pip.js';
import type { WheelPlatform } from './platform.js';
import { Wheel, WHEEL_DAMAGED } from './wheel.js';

export interface FetchOptions {
  readonly flavour: 'cpu' | 'cuda';
  /** Of the wheel with the library, as pip takes it. */
  readonly requirement: string;
  readonly nodeKernels: NodeKernelsPackage;
  readonly platform: WheelPlatform;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onDownload?: (file: string, done: number, total: number | null) => void;
}

/** Paths of everything an installation is made from. */
export interface Files {
  readonly tensorflow: string;
  readonly nvidia: readonly string[];
  readonly nodeKernels: string;
  /** Bytes that this call fetched. */
  readonly fetched: number;
}

/**
 * Fetches what an installation is made from. Which of NVIDIA's wheels, and of which versions, TensorFlow's own
 * wheel says: the extra `and-cuda`.
 */
export async function fetchFiles(downloads: string, options: FetchOptions): Promise<Files> {
  const { flavour, requirement, nodeKernels, env, signal } = options;
  // The small one first: whoever has no npm should not wait for the large ones.
  const kernels = await downloadNodeKernels(nodeKernels, downloads, { env, signal });
  const tensorflow = await wheel(requirement, downloads, options);
  let fetched = kernels.fetched + tensorflow.fetched;
  const nvidia = [];
  if (flavour === 'cuda') {
    const needed = await withWheel(tensorflow.path, (each) => each.requirementsOf('and-cuda'));
    for (const each of needed.filter((name) => name.startsWith('nvidia-'))) {
      const got = await wheel(each, downloads, options);
      nvidia.push(got.path);
      fetched += got.fetched;
    }
  }
  return { tensorflow: tensorflow.path, nvidia, nodeKernels: kernels.path, fetched };
}

/** Works on a wheel; one that turns out to be damaged is removed, so that the next call fetches it anew. */
export async function withWheel<T>(path: string, work: (wheel: Wheel) => Promise<T>): Promise<T> {
  try {
    const opened = await Wheel.open(path);
    try {
      return await work(opened);
    } finally {
      opened.close();
    }
  } catch (error) {
    if (error instanceof InvolveError && error.code === WHEEL_DAMAGED) await rm(path, { force: true });
    throw error;
  }
}

// --- internal ---

function wheel(
  requirement: string,
  downloads: string,
  { platform, env, signal, onDownload }: FetchOptions,
): ReturnType<typeof downloadWheel> {
  const name = /^[\w.-]*\w/.exec(requirement)![0];
  const onProgress: PipOptions['onProgress'] = (done, total) => onDownload?.(name, done, total);
  return downloadWheel(requirement, downloads, { platform, env, signal, onProgress });
}

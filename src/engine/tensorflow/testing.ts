import { availableParallelism } from 'node:os';
import { useBackend } from '../current-backend.js';
import type { ExecutionMode } from '../program/program.js';
import { findInstallation } from './installation.js';
import { TENSORFLOW_BACKEND } from './node-kernels.js';
import { openTensorflow, type OpenTensorflow } from './open.js';

/** Where the tests compute: `cuda` for scripts/check-gpu.sh, else on the processor. */
const device = process.env.INVOLVE_TEST_DEVICE === 'cuda' ? 'cuda' : 'cpu';
const installation = findInstallation(device);

/** Why tests of the TensorFlow engine do not run here, or undefined where they do: for `describe.skipIf`. */
export const NO_TENSORFLOW: string | undefined =
  installation === null
    ? `skipped: no TensorFlow engine here (involve engine install ${device}, or INVOLVE_ENGINE_DIR)`
    : undefined;

/** TensorFlow on the CPU or, where that is asked for, on a GPU, and how steps are to run on it. */
export interface TestTensorflow extends OpenTensorflow {
  readonly mode: ExecutionMode;
}

/** Opens TensorFlow and makes it tf.js's current backend. */
export async function openTestTensorflow(
  mode: ExecutionMode = 'eager',
  threads = Math.min(2, availableParallelism()),
): Promise<TestTensorflow> {
  const opened = await openTensorflow({
    installation: installation!,
    threads,
    deterministic: true,
    useGpu: device === 'cuda',
    customOps: true,
    softPlacement: false,
    mixedPrecision: false,
    layoutOptimizer: true,
  });
  if (device === 'cuda' && !opened.kernels.onGpu) throw new Error('TensorFlow finds no GPU.');
  useBackend(TENSORFLOW_BACKEND);
  return { ...opened, mode };
}

import { availableParallelism } from 'node:os';
import type { ExecutionMode } from '../record.js';
import { findInstallation } from './installation.js';
import { openTensorflow, type OpenTensorflow } from './open.js';

const installation = findInstallation('cpu');

/** Why tests of the TensorFlow engine do not run here, or undefined where they do: for `describe.skipIf`. */
export const NO_TENSORFLOW: string | undefined =
  installation === null
    ? 'skipped: no TensorFlow engine here (involve engine install cpu, or INVOLVE_ENGINE_DIR)'
    : undefined;

/** Makes TensorFlow on the CPU the current engine. */
export function openTestTensorflow(
  mode: ExecutionMode = 'eager',
  threads = Math.min(2, availableParallelism()),
): Promise<OpenTensorflow> {
  return openTensorflow({
    ...{ installation: installation!, mode, threads },
    ...{
      deterministic: true,
      useGpu: false,
      customOps: true,
      softPlacement: false,
      mixedPrecision: false,
      layoutOptimizer: true,
    },
  });
}

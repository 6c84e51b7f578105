import * as tf from '@tensorflow/tfjs-core';
import type { ExecutionMode } from '../record.js';
import { createBackend, type TensorflowBackend } from './backend.js';
import { Binding } from './binding.js';
import { openCApi } from './c-api.js';
import { configProto, type TensorflowConfig } from './config-proto.js';
import { EagerExecutor, type Device } from './eager.js';
import type { TensorflowInstallation } from './installation.js';
import { tensorflowKernels } from './kernels/index.js';
import { TENSORFLOW_BACKEND, loadNodeKernels } from './node-kernels.js';

export interface TensorflowOptions extends TensorflowConfig {
  readonly installation: TensorflowInstallation;
  readonly mode: ExecutionMode;
  /** Ask TensorFlow for operations that give the same bits every time. */
  readonly deterministic: boolean;
}

/** The TensorFlow engine, ready for use. */
export interface OpenTensorflow {
  /** Of the library that was loaded. */
  readonly version: string;
  /** Where numbers are computed. */
  readonly device: Device;
  readonly backend: TensorflowBackend;
}

/**
 * Opens libtensorflow with tfjs-node's kernels over it and makes it tf.js's current backend. There is one in a
 * process: once open it is returned again, its options as they were, but for the mode.
 * @throws InvolveError with exit code 3 where the library does not load
 */
export async function openTensorflow(options: TensorflowOptions): Promise<OpenTensorflow> {
  current ??= await open(options);
  current.backend.replays = options.mode === 'replay';
  await tf.setBackend(TENSORFLOW_BACKEND);
  return current;
}

// --- internal ---

let current: OpenTensorflow | undefined;

async function open({ installation, deterministic, ...config }: TensorflowOptions): Promise<OpenTensorflow> {
  setEnvironment(deterministic);
  const api = await openCApi(installation.library);
  const Base = loadNodeKernels(installation.nodeKernels);
  const proto = configProto(config);
  const eager = new EagerExecutor(api, proto);
  const backend = createBackend(Base, new Binding(eager), proto);
  tf.registerBackend(TENSORFLOW_BACKEND, () => backend, 3);
  for (const { kernelName, kernelFunc } of tensorflowKernels()) {
    if (tf.getKernel(kernelName, TENSORFLOW_BACKEND)) tf.unregisterKernel(kernelName, TENSORFLOW_BACKEND);
    tf.registerKernel({ kernelName, backendName: TENSORFLOW_BACKEND, kernelFunc });
  }
  return { version: api.TF_Version(), device: eager.gpu ?? eager.devices[0], backend };
}

/** What TensorFlow reads from the environment when it loads; whatever the user has set stays. */
function setEnvironment(deterministic: boolean): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (deterministic) process.env.TF_DETERMINISTIC_OPS ??= '1';
}

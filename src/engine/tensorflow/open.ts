import * as tf from '../tf-core.js';
import { InvolveError } from '../../util/errors.js';
import { onBackend } from '../current-backend.js';
import type { Program, ProgramSpec } from '../program/program.js';
import { createBackend, type TensorflowBackend } from './backend.js';
import { Binding } from './binding.js';
import { openCApi, type CApi } from './c-api/c-api.js';
import { configProto, type TensorflowConfig } from './c-api/config-proto.js';
import { EagerExecutor, type Device } from './eager.js';
import { footprintOn } from './footprint.js';
import type { TensorflowInstallation } from './installation.js';
import type { KernelOptions } from './kernels/kernel.js';
import { hasOneDnn } from './kernels/one-dnn.js';
import { registerTensorflowKernels } from './kernels/register.js';
import { buildCustomOps } from './native/build.js';
import { loadCustomOps } from './native/load.js';
import { TENSORFLOW_BACKEND, loadNodeKernels } from './node-kernels.js';
import { Programs } from './graph/programs.js';

export interface TensorflowOptions extends TensorflowConfig {
  readonly installation: TensorflowInstallation;
  /** Ask TensorFlow for operations that give the same bits every time. */
  readonly deterministic: boolean;
  /** Use our own operations, built where that has not been done; else TensorFlow's alone. */
  readonly customOps: boolean;
}

/** The TensorFlow engine, ready for use. */
export interface OpenTensorflow {
  /** Of the library that was loaded. */
  readonly version: string;
  /** Where numbers are computed. */
  readonly device: Device;
  /** Our own operations that are used; none: TensorFlow's take their place. */
  readonly customOps: ReadonlySet<string>;
  /** A line about them for people: what was built, or why there are none. */
  readonly customOpsNote: string;
  /** What its kernels were chosen by. */
  readonly kernels: KernelOptions;
  readonly backend: TensorflowBackend;
  /**
   * Records a computation as a part of a graph.
   * @throws InvolveError E_NOT_REPLAYABLE
   */
  record(spec: ProgramSpec): Program;
}

/**
 * Opens libtensorflow with tfjs-node's kernels over it, as a backend of tf.js. There is one in a process: once open
 * it is returned again, its options as they were.
 * @throws InvolveError with exit code 3 where the library does not load
 */
export async function openTensorflow(options: TensorflowOptions): Promise<OpenTensorflow> {
  return (current ??= await open(options));
}

// --- internal ---

let current: OpenTensorflow | undefined;

async function open(options: TensorflowOptions): Promise<OpenTensorflow> {
  const { installation, threads } = options;
  setEnvironment(options.deterministic);
  const api = await openCApi(installation.library);
  const Base = loadNodeKernels(installation.nodeKernels);
  const config = configProto(options);
  const eager = new EagerExecutor(api, config);
  const onGpu = eager.gpu !== undefined;
  const device = eager.gpu ?? eager.devices[0];
  // A GPU does one operation at a time, and its memory is what is short.
  const memory = { footprint: footprintOn(device), runsInOrder: onGpu };
  const backend = createBackend(Base, new Binding(eager), memory);
  tf.registerBackend(TENSORFLOW_BACKEND, () => backend, 3);
  const ops = await customOps(api, options, onGpu);
  ops.setThreads?.(threads);
  const { deterministic } = options;
  const oneDnn = !onGpu && onBackend(TENSORFLOW_BACKEND, hasOneDnn);
  const kernels = { onGpu, customOps: ops.names, deterministic, oneDnn };
  registerTensorflowKernels(TENSORFLOW_BACKEND, kernels);
  const programs = new Programs(backend, config);
  return {
    version: api.TF_Version(),
    device,
    customOps: ops.names,
    customOpsNote: ops.note,
    kernels,
    backend,
    record: (spec) => onBackend(TENSORFLOW_BACKEND, () => programs.record(spec)),
  };
}

interface ChosenOps {
  readonly names: ReadonlySet<string>;
  readonly note: string;
  readonly setThreads?: (count: number) => void;
}

async function customOps(
  api: CApi,
  { installation, customOps: wanted, mixedPrecision }: TensorflowOptions,
  onGpu: boolean,
): Promise<ChosenOps> {
  const none = new Set<string>();
  if (!wanted) return { names: none, note: 'operations of TensorFlow alone, as engine.customOps says' };
  if (onGpu) return { names: none, note: 'operations of TensorFlow alone: our own compute on the CPU' };
  const { path, note } = await buildCustomOps(installation);
  if (path === null) return { names: none, note };
  try {
    const { names, bfloat16, setThreads } = await loadCustomOps(api, path);
    return { names: mixedPrecision ? new Set([...names, ...bfloat16]) : names, note, setThreads };
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return { names: none, note: `our own operations do not load: ${error.message}` };
  }
}

/** What TensorFlow reads from the environment when it loads; whatever the user has set stays. */
function setEnvironment(deterministic: boolean): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (deterministic) process.env.TF_DETERMINISTIC_OPS ??= '1';
  // TensorFlow by itself takes oneDNN only on processors with VNNI; on one with AVX2 alone steps are 7 to 16 % shorter too.
  if (process.arch === 'x64') process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
}

import * as tf from './tf-core.js';
import { availableParallelism } from 'node:os';
import { ExitCode, InvolveError, missing } from '../util/errors.js';
import type { Footprint } from './footprint.js';
import { registerReferenceKernels } from './reference/register.js';
import type { ExecutionMode } from './record.js';
import type { TensorflowInstallation } from './tensorflow/installation.js';
import './ops.js';

/** Names of the engines that exist today, in the order in which `auto` tries them. */
export type EngineName = 'tensorflow' | 'wasm' | 'reference';

/** An engine that is ready: tf.js's current backend is its own. */
export interface Engine {
  readonly name: EngineName;
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  /** How steps run here. */
  readonly mode: ExecutionMode;
  /** One line for people: what computes here. */
  readonly description: string;
  /** Bytes of tensors now, and the most there have been. */
  memory(): { readonly bytes: number; readonly peakBytes: number | null };
  /** Kernels that ran on tf.js's plain CPU code, with the number of calls. */
  fallbacks(): ReadonlyMap<string, number>;
  /** What training holds here beside planned steps; undefined where steps are not planned. */
  readonly footprint?: Footprint;
  /** What people should know of how it opened. */
  readonly notes?: readonly string[];
  /** What a run's record says of it beside name, mode and description. */
  readonly record?: Readonly<Record<string, unknown>>;
}

export interface EngineRequest {
  readonly name: 'auto' | EngineName;
  readonly device: 'auto' | 'cuda' | 'cpu';
  readonly threads: number | null;
  /** `replay` (the default) where the engine can. */
  readonly mode?: ExecutionMode;
  /** Of the TensorFlow engine: the same bits every time (the default); */
  readonly deterministic?: boolean;
  /** float16 where it is thought safe, on GPUs; */
  readonly mixedPrecision?: boolean;
  /** graphs laid out NCHW on GPUs (the default); */
  readonly layoutOptimizer?: boolean;
  /** our own operations, where they could be compiled (the default). */
  readonly customOps?: boolean;
}

/** What `engine list` shows of one engine. */
export interface EngineStatus {
  readonly name: EngineName;
  readonly available: boolean;
  readonly detail: string;
  /** More about it, a line each. */
  readonly reason?: string;
  /** The one command that mends it, or makes it better. */
  readonly fix?: string;
  /** What the row is about, where it can be there several times. */
  readonly installation?: TensorflowInstallation;
}

/**
 * Makes the engine asked for tf.js's current backend.
 * @throws InvolveError with exit code 3 when this machine lacks it; a named engine or `cuda` is never replaced.
 */
export async function openEngine(request: EngineRequest): Promise<Engine> {
  const { name, device } = request;
  if (name === 'tensorflow') return openTensorflow(request);
  if (name !== 'auto' && device === 'cuda') {
    throw missing('E_NO_CUDA', {
      what: `device cuda was asked for, but the ${name} engine computes on the processor`,
      try: '--engine tensorflow, or --device cpu',
    });
  }
  if (name === 'reference') return openReference();
  if (name === 'wasm') return openWasm(request);
  return openBest(request);
}

/** Every engine there is, whether it works here, and what it runs on; TensorFlow is tried in a process of its own. */
export async function listEngines(): Promise<readonly EngineStatus[]> {
  const reference: EngineStatus = {
    name: 'reference',
    available: true,
    detail: 'plain TypeScript, 1 thread: defines the numbers, for tests',
    reason: 'every operation runs as a plain loop',
  };
  const { tensorflowStatus } = await import('./tensorflow/status.js');
  return [...(await tensorflowStatus()), await wasmStatus(), reference];
}

async function wasmStatus(): Promise<EngineStatus> {
  const [{ hasRelaxedSimd, loadKernels }, { WASM_KERNELS }] = await Promise.all([
    import('./wasm/loader.js'),
    import('./wasm/kernels/index.js'),
  ]);
  const relaxed = hasRelaxedSimd();
  const detail = `embedded: ${relaxed ? 'SIMD with fused multiply-add' : 'SIMD'}, up to ${availableParallelism()} threads`;
  try {
    loadKernels(relaxed);
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return {
      name: 'wasm',
      available: false,
      detail,
      reason: error.problems[0].what,
      fix: error.problems[0].try,
    };
  }
  const names = WASM_KERNELS.map(({ name }) => name).sort();
  const reason = `${names.length} operations have kernels of their own, all others fall back on tf.js's CPU code: ${names.join(', ')}`;
  return { name: 'wasm', available: true, detail, reason };
}

async function openReference(): Promise<Engine> {
  registerReferenceKernels();
  await tf.setBackend('cpu');
  silenceGreeting();
  return {
    name: 'reference',
    device: 'cpu',
    threads: 1,
    mode: 'eager',
    description: 'reference (plain TypeScript, 1 thread)',
    memory: () => ({ bytes: tf.memory().numBytes, peakBytes: null }),
    fallbacks: () => new Map(),
  };
}

async function openWasm({ threads, mode = 'replay' }: EngineRequest): Promise<Engine> {
  const [{ openWasmBackend }, { wasmFootprint }] = await Promise.all([
    import('./wasm/open.js'),
    import('./wasm/footprint.js'),
  ]);
  const backend = await openWasmBackend({ threads: threads ?? availableParallelism() }, mode);
  return {
    name: 'wasm',
    device: 'cpu',
    threads: backend.threads,
    mode,
    description: `wasm (${backend.relaxedSimd ? 'SIMD with fused multiply-add' : 'SIMD'}, ${backend.threads} thread${backend.threads === 1 ? '' : 's'})`,
    memory: () => ({ bytes: tf.memory().numBytes, peakBytes: backend.peakBytes() }),
    fallbacks: () => backend.fallbacks(),
    footprint: wasmFootprint(),
  };
}

async function openTensorflow(request: EngineRequest): Promise<Engine> {
  const { openTensorflowEngine } = await import('./tensorflow/engine.js');
  return openTensorflowEngine(request);
}

/** What `auto` stands for: TensorFlow where it is installed, on CUDA where that works; else wasm. */
async function openBest(request: EngineRequest): Promise<Engine> {
  if (request.device === 'cuda') return openTensorflow(request);
  const { hasTensorflow } = await import('./tensorflow/engine.js');
  if (!hasTensorflow(request.device)) return openWasm(request);
  try {
    return await openTensorflow(request);
  } catch (error) {
    if (!(error instanceof InvolveError) || error.exitCode !== ExitCode.missing) throw error;
    const engine = await openWasm(request);
    return { ...engine, notes: [`TensorFlow is installed, but does not open: ${error.message}`] };
  }
}

/** tf.js's CPU backend greets on first use, advising another package; the command line owns stdout. */
function silenceGreeting(): void {
  const backend = tf.backend() as unknown as { firstUse?: boolean };
  backend.firstUse = false;
}

import { ExitCode, InvolveError, missing } from '../util/errors.js';
import type { Engine, EngineRequest, EngineStatus } from './contract.js';
import { openReferenceEngine } from './reference/engine.js';
import './tf.js';

export type { Engine, EngineName, EngineRequest, EngineStatus, StepEngine } from './contract.js';

/**
 * Opens the engine asked for. Whatever is in use by tf.js stays so: see `Engine.use`.
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
  if (name === 'reference') return openReferenceEngine();
  if (name === 'wasm') return openWasm(request);
  return openBest(request);
}

/** Every engine there is, whether it works here, and what it runs on; TensorFlow is tried in a process of its own. */
export async function listEngines(): Promise<readonly EngineStatus[]> {
  const [{ tensorflowStatus }, { wasmStatus }] = await Promise.all([
    import('./tensorflow/status.js'),
    import('./wasm/status.js'),
  ]);
  const reference: EngineStatus = {
    name: 'reference',
    available: true,
    detail: 'plain TypeScript, 1 thread: defines the numbers, for tests',
    reason: 'every operation runs as a plain loop',
  };
  return [...(await tensorflowStatus()), wasmStatus(), reference];
}

// --- internal ---

async function openWasm(request: EngineRequest): Promise<Engine> {
  const { openWasmEngine } = await import('./wasm/engine.js');
  return openWasmEngine(request);
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

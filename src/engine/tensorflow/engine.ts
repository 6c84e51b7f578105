import { memory, zeros } from '../tf-core.js';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { missing, type InvolveError } from '../../util/errors.js';
import type { Engine, EngineRequest } from '../contract.js';
import { onBackend, useBackend } from '../current-backend.js';
import { findInstallation, type TensorflowFlavour, type TensorflowInstallation } from './installation.js';
import { TENSORFLOW_BACKEND } from './node-kernels.js';
import { notesOf } from './notes.js';
import { openTensorflow, type OpenTensorflow } from './open.js';
import { stockInstallation } from './stock-installation.js';

/**
 * Opens the TensorFlow engine on the device asked for: on a GPU when there is one, `cuda` being a demand.
 * @throws InvolveError with exit code 3 where this machine has none, or not what was asked for
 */
export async function openTensorflowEngine(request: EngineRequest): Promise<Engine> {
  const installation = chooseInstallation(request.device);
  if (installation === null) throw notInstalled(request.device);
  const { mode = 'replay', deterministic = true, mixedPrecision = false } = request;
  const threads = request.threads ?? availableParallelism();
  const opened = await openTensorflow({
    installation,
    threads,
    deterministic,
    mixedPrecision,
    useGpu: request.device !== 'cpu',
    softPlacement: request.device !== 'cuda',
    layoutOptimizer: request.layoutOptimizer ?? true,
    customOps: request.customOps ?? true,
  });
  const isGpu = opened.device.type === 'GPU';
  if (request.device === 'cuda' && !isGpu) throw noGpu(installation);
  return {
    name: 'tensorflow',
    device: isGpu ? 'cuda' : 'cpu',
    threads,
    mode,
    description: describe(opened, threads),
    use: () => useBackend(TENSORFLOW_BACKEND),
    run: (work) => onBackend(TENSORFLOW_BACKEND, work),
    record: (spec) => opened.record(spec),
    blank: (shape) => onBackend(TENSORFLOW_BACKEND, () => zeros([...shape])),
    memory: () => ({ bytes: memory().numBytes, peakBytes: null }),
    fallbacks: () => new Map(),
    footprint: opened.backend.footprint,
    notes: notesOf(opened, mixedPrecision),
    environment: {
      tensorflow: opened.version,
      flavour: installation.flavour,
      deviceName: opened.device.name,
      ...(isGpu ? { deviceMemoryMb: Math.round(opened.device.memoryBytes / 1e6) } : {}),
      customOps: opened.customOps.size > 0 ? [...opened.customOps].sort() : opened.customOpsNote,
      deterministic,
      mixedPrecision,
      layoutOptimizer: request.layoutOptimizer ?? true,
    },
  };
}

/** Whether `auto` has a TensorFlow to try. */
export function hasTensorflow(device: EngineRequest['device']): boolean {
  return chooseInstallation(device) !== null;
}

// --- internal ---

/** Made by NVIDIA's driver when it loads. */
const DRIVER = ['/dev/nvidiactl', '/proc/driver/nvidia/version', '/dev/dxg'];

function chooseInstallation(device: EngineRequest['device']): TensorflowInstallation | null {
  const find = (...flavours: TensorflowFlavour[]): TensorflowInstallation | null => {
    for (const flavour of flavours) {
      const found = findInstallation(flavour);
      if (found !== null) return found;
    }
    return null;
  };
  if (device === 'cpu') return find('cpu', 'cuda');
  if (device === 'cuda') return find('cuda') ?? stockInstallation();
  // The library for GPUs is only worth its size where there is one.
  if (!DRIVER.some((file) => existsSync(file))) return find('cpu', 'cuda');
  return find('cuda') ?? stockInstallation() ?? find('cpu');
}

function describe({ version, device, customOps }: OpenTensorflow, threads: number): string {
  const where = device.type === 'GPU' ? 'GPU' : 'CPU';
  const operations = customOps.size > 0 ? 'custom operations' : 'stock operations';
  return `tensorflow ${version} (${where}, ${threads} thread${threads === 1 ? '' : 's'}, ${operations})`;
}

function notInstalled(device: EngineRequest['device']): InvolveError {
  if (device === 'cuda') {
    return missing('E_NO_CUDA', {
      what: 'device cuda was asked for, but TensorFlow for CUDA is not installed on this machine',
      try: 'involve engine install cuda (or --device cpu)',
    });
  }
  return missing('E_ENGINE_MISSING', {
    what: 'the tensorflow engine is not installed on this machine',
    try: 'involve engine install cpu (or cuda, for an NVIDIA GPU; --engine wasm needs nothing)',
  });
}

function noGpu({ version, dir }: TensorflowInstallation): InvolveError {
  const hasDriver = DRIVER.some((file) => existsSync(file));
  return missing('E_NO_CUDA', {
    what: `device cuda was asked for, but TensorFlow ${version} finds no GPU${hasDriver ? '' : ': there is no NVIDIA driver on this machine'}`,
    where: dir,
    try: hasDriver ? 'involve doctor, which says why' : "install NVIDIA's driver (or --device cpu)",
  });
}

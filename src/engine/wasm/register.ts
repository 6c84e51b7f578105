import {
  type KernelFunc,
  findBackendFactory,
  getKernel,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
} from '../tf-core.js';
import { WasmBackend, type WasmBackendOptions } from './backend.js';
import { WASM_KERNELS } from './kernels/index.js';
import { asInputs } from './kernels/kernel.js';

/** Name of the backend in tf.js. */
export const WASM_BACKEND = 'involve-wasm';

/** Serves a call with a kernel of the CPU backend, and counts it. */
function fallback(name: string, kernelFunc: KernelFunc): KernelFunc {
  return (params) => {
    const { fallbacks, recorder } = params.backend as WasmBackend;
    if (recorder) return recorder.host(name, kernelFunc, params);
    fallbacks.set(name, (fallbacks.get(name) ?? 0) + 1);
    return kernelFunc(params);
  };
}

let areKernelsRegistered = false;

/**
 * Registers the kernels: ours, and under them every kernel that the `cpu` backend has by now, the
 * reference kernels included (so `reference/` is to be imported first).
 */
export function registerWasmKernels(): void {
  if (areKernelsRegistered) return;
  areKernelsRegistered = true;
  const own = new Map(WASM_KERNELS.map((kernel) => [kernel.name, kernel]));
  const names = new Set(own.keys());
  for (const { kernelName } of getKernelsForBackend('cpu')) names.add(kernelName);
  for (const kernelName of names) {
    const cpu = getKernel(kernelName, 'cpu');
    const slow = cpu && fallback(kernelName, cpu.kernelFunc);
    const fast = own.get(kernelName)?.run;
    const kernelFunc: KernelFunc =
      fast === undefined
        ? slow
        : (params) => {
            const result = fast(params.backend as WasmBackend, asInputs(params.inputs), params.attrs ?? {});
            if (result !== undefined) return result;
            if (slow === undefined)
              throw new Error(`The wasm engine has no kernel ${kernelName} for these inputs.`);
            return slow(params);
          };
    registerKernel({ kernelName, backendName: WASM_BACKEND, kernelFunc });
  }
}

let current: WasmBackend | undefined;

/**
 * Registers the backend and its kernels with tf.js; `tf.setBackend('involve-wasm')` chooses it. There is
 * one at a time: as long as it is registered, it is returned again, whatever the options.
 */
export function registerWasmBackend(options: WasmBackendOptions = {}): WasmBackend {
  if (current !== undefined && findBackendFactory(WASM_BACKEND)) return current;
  const backend = new WasmBackend(options);
  current = backend;
  registerWasmKernels();
  registerBackend(WASM_BACKEND, () => backend, 0);
  return backend;
}

import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { missing } from '../../util/errors.js';
import { packageFile } from '../../util/package-file.js';
import { KERNEL_FILES, RELAXED_PROBE } from './compiled-kernels.js';

/**
 * Whether this engine compiles relaxed SIMD. Node 22 does by default; Node 20 after a flag, which
 * later versions complain about, so it is set only where the first probe fails.
 */
export function hasRelaxedSimd(): boolean {
  if (WebAssembly.validate(RELAXED_PROBE)) return true;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(RELAXED_PROBE);
}

/** Compiles the kernels that the build put into `dist/`, whether this runs from `dist/` or from `src/`. */
export function loadKernels(relaxedSimd: boolean): WebAssembly.Module {
  return new WebAssembly.Module(readKernels(relaxedSimd ? 'relaxed' : 'plain') as Uint8Array<ArrayBuffer>);
}

/**
 * The compiled kernels as they are.
 * @throws InvolveError (exit code 3) where the build has not been made
 */
export function readKernels(kind: keyof typeof KERNEL_FILES): Uint8Array {
  const file = packageFile(`dist/engine/wasm/${KERNEL_FILES[kind]}`);
  if (!existsSync(file)) {
    throw missing('E_WASM_KERNELS_MISSING', {
      what: `The compiled kernels of the wasm engine are missing: ${file}.`,
      try: 'npm run build',
    });
  }
  return readFileSync(file);
}

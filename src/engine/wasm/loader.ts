import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { fileURLToPath } from 'node:url';
import { missing } from '../../util/errors.js';

/** A module of one function that uses f32x4.relaxed_madd. */
const RELAXED_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0], // header
  ...[1, 5, 1, 96, 0, 1, 123], // one type: () → v128
  ...[3, 2, 1, 0], // one function of it
  ...[10, 19, 1, 17, 0, ...[65, 0, 253, 17], ...[65, 0, 253, 17], ...[65, 0, 253, 17], 253, 133, 2, 11],
]);

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
  const name = relaxedSimd ? 'kernels.wasm' : 'kernels-simd.wasm';
  const file = fileURLToPath(new URL(`../../../dist/engine/wasm/${name}`, import.meta.url));
  if (!existsSync(file)) {
    throw missing('E_WASM_KERNELS_MISSING', {
      what: `The compiled kernels of the wasm engine are missing: ${file}.`,
      try: 'npm run build',
    });
  }
  return new WebAssembly.Module(readFileSync(file));
}

/**
 * A module of one function that uses f32x4.relaxed_madd: whoever finds it valid (`WebAssembly.validate`) compiles the
 * kernels with fused multiply-add. It stands apart from Node, for browsers.
 */
export const RELAXED_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0], // header
  ...[1, 5, 1, 96, 0, 1, 123], // one type: () → v128
  ...[3, 2, 1, 0], // one function of it
  ...[10, 19, 1, 17, 0, ...[65, 0, 253, 17], ...[65, 0, 253, 17], ...[65, 0, 253, 17], 253, 133, 2, 11],
]);

/** Names of the compiled kernels: with fused multiply-add, and without. */
export const KERNEL_FILES = { relaxed: 'kernels.wasm', plain: 'kernels-simd.wasm' } as const;

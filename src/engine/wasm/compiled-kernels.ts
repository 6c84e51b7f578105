// What whoever runs the compiled kernels has to know of them. It stands apart from Node, for browsers.

/** Names of the two builds: with fused multiply-add (relaxed SIMD), and without. */
export const KERNEL_FILES = { relaxed: 'kernels.wasm', plain: 'kernels-simd.wasm' } as const;

/** A module of one function that uses f32x4.relaxed_madd: who finds it valid compiles the first of the builds. */
export const RELAXED_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0], // header
  ...[1, 5, 1, 96, 0, 1, 123], // one type: () → v128
  ...[3, 2, 1, 0], // one function of it
  ...[10, 19, 1, 17, 0, ...[65, 0, 253, 17], ...[65, 0, 253, 17], ...[65, 0, 253, 17], 253, 133, 2, 11],
]);

/** Place in the kernels' memory of the counter from which the threads take their next piece of work. */
export const WORK_COUNTER_WORD = 64 / 4;

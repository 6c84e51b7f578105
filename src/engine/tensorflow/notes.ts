import { BFLOAT16_OPS } from './native/load.js';
import type { OpenTensorflow } from './open.js';

/** What is otherwise than was asked for, a line each: no custom operations, or none for mixed precision. */
export function notesOf(
  { customOps, customOpsNote, kernels }: Pick<OpenTensorflow, 'customOps' | 'customOpsNote' | 'kernels'>,
  mixedPrecision: boolean,
): string[] {
  const hasBfloat16 = BFLOAT16_OPS.some((name) => customOps.has(name));
  return [
    ...(customOps.size > 0 ? [] : [customOpsNote]),
    ...(mixedPrecision && !kernels.onGpu && !hasBfloat16
      ? [
          'engine.mixedPrecision: all is computed in float32; in bfloat16 our own operations multiply on a processor with tiles for it (Intel AMX)',
        ]
      : []),
  ];
}

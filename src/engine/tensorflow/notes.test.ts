import { expect, it } from 'vitest';
import { BFLOAT16_OPS, CUSTOM_OPS } from './native/load.js';
import { notesOf } from './notes.js';

function notes(ops: readonly string[], mixedPrecision: boolean, onGpu = false): string[] {
  const customOps = new Set(ops);
  return notesOf(
    { customOps, customOpsNote: 'there is no compiler', kernels: { onGpu, customOps } },
    mixedPrecision,
  );
}

it('says why there are no custom operations', () => {
  expect(notes([], false)).toEqual(['there is no compiler']);
  expect(notes(CUSTOM_OPS, false)).toEqual([]);
});

it('says of mixed precision that all is in float32, where a processor has no operations for it', () => {
  const float32 = [expect.stringMatching(/^engine\.mixedPrecision: all is computed in float32/)];
  expect(notes(CUSTOM_OPS, true)).toEqual(float32);
  expect(notes([], true)).toEqual(['there is no compiler', ...float32]);
  expect(notes([...CUSTOM_OPS, ...BFLOAT16_OPS], true)).toEqual([]);
  expect(notes(CUSTOM_OPS, true, true)).toEqual([]);
});

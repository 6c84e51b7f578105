import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JobProgress } from './events.js';
import { progressReader, tailOf } from './job-process.js';

const OUTPUT = [
  '{"type":"begin","name":"x"}',
  '{"type":"epoch-start","epoch":0,"step":0}',
  '{"type":"step","epoch":0,"step":1,"loss":1.5}',
  'not JSON',
  '{"type":"epoch","epoch":1,"step":2,"valTop1":0.5}',
  '{"type":"step","epoch":1,"step":3,"loss":1.25}',
  '',
].join('\n');

it('reads progress from lines that come in pieces of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(OUTPUT.length)), (cuts) => {
      const found: JobProgress[] = [];
      const read = progressReader((progress) => found.push(progress));
      const at = [0, ...cuts.sort((a, b) => a - b), OUTPUT.length];
      for (let i = 1; i < at.length; i++) read(OUTPUT.slice(at[i - 1], at[i]));
      expect(found).toEqual([
        { epoch: 0, step: 1, loss: 1.5, valTop1: null },
        { epoch: 1, step: 1, loss: 1.5, valTop1: 0.5 },
        { epoch: 1, step: 3, loss: 1.25, valTop1: 0.5 },
      ]);
    }),
  );
});

it('keeps the last lines of what a job says', () => {
  const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
  expect(tailOf(`${lines.join('\n\n')}\n`)).toEqual(lines.slice(-20));
});

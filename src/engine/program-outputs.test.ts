import { afterAll, describe, expect, it } from 'vitest';
import { openEngine, type StepEngine } from './engine.js';
import { NO_TENSORFLOW, openTestTensorflow } from './tensorflow/testing.js';
import { add, mul, removeBackend, type Tensor } from './tf.js';

afterAll(() => removeBackend('involve-wasm'));

const engines: readonly (readonly [string, string | undefined, () => Promise<StepEngine>])[] = [
  ['wasm', undefined, async () => {
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.use();
    return engine;
  }],
  ['tensorflow', NO_TENSORFLOW, () => openTestTensorflow('replay')],
]; // prettier-ignore

for (const [name, reason, open] of engines) {
  describe.skipIf(reason)(`outputs of a program on ${name}${reason ? ` (${reason})` : ''}`, () => {
    it('are put where they are asked for, and others into arrays of their own', async () => {
      const engine = await open();
      const program = engine.record({
        batch: 1,
        inputs: { x: { shape: [2, 2], dtype: 'float32' } },
        phases: [
          ({ x }): Record<string, Tensor> => ({ doubled: mul(x!, 2) }),
          ({ x }): Record<string, Tensor> => ({ more: add(x!, 1) }),
        ],
      });
      const together = Float32Array.of(9, 9, 9, 9, 9, 9);
      const place = together.subarray(1, 5);
      const first = await program.run({ x: Float32Array.of(1, 2, 3, 4) }, { doubled: place });
      expect(first.doubled).toBe(place);
      expect([...together]).toEqual([9, 2, 4, 6, 8, 9]);
      await program.run({ x: Float32Array.of(0, 0, 0, 5) }, { doubled: place });
      expect([...together]).toEqual([9, 0, 0, 0, 10, 9]);
      expect([...first.more!]).toEqual([2, 3, 4, 5]);
      const short = program.run({ x: new Float32Array(4) }, { doubled: new Float32Array(3) });
      await expect(short).rejects.toThrow();
      program.dispose();
    });
  });
}

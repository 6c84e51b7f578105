import { afterAll, describe, expect, it } from 'vitest';
import { openEngine, type StepEngine } from './engine.js';
import { AllReduceMean, AllReduceMoments } from './kernels/all-reduce.js';
import { callKernel } from './kernels/call-kernel.js';
import type { Program } from './program/program.js';
import { valuesOf } from './testing.js';
import { NO_TENSORFLOW, openTestTensorflow } from './tensorflow/testing.js';
import {
  add,
  mul,
  removeBackend,
  scalar,
  sum,
  tensor1d,
  variable,
  type Tensor,
  type Tensor1D,
  type Variable,
} from './tf.js';

afterAll(() => removeBackend('involve-wasm'));

const engines: readonly (readonly [string, string | undefined, () => Promise<StepEngine>])[] = [
  ['wasm', undefined, async () => {
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.use();
    return engine;
  }],
  ['tensorflow', NO_TENSORFLOW, () => openTestTensorflow('replay')],
]; // prettier-ignore

/** Records: `held` becomes `held + x`, and twice that is given back. */
function recordSum(engine: StepEngine, held: Variable): Program {
  return engine.record({
    batch: 1,
    inputs: { x: { shape: [2], dtype: 'float32' } },
    phases: [
      ({ x }): Record<string, Tensor> => {
        held.assign(add(held, x!));
        return { twice: mul(held, 2) };
      },
    ],
  });
}

const numbers = (...values: number[]): { x: Float32Array } => ({ x: Float32Array.from(values) });
const held = (...values: number[]): Variable => variable(tensor1d(values));

for (const [name, reason, open] of engines) {
  describe.skipIf(reason)(`programs on ${name}${reason ? ` (${reason})` : ''}`, () => {
    it('put outputs where they are asked for, and others into arrays of their own', async () => {
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

    it('assign variables, which are read, copied and assigned between runs like any', async () => {
      const engine = await open();
      const sums = held(1, 2);
      const program = recordSum(engine, sums);
      expect([...(await program.run(numbers(10, 20))).twice!]).toEqual([22, 44]);
      expect(valuesOf(sums)).toEqual([11, 22]);
      const copy = sums.clone();
      const more = add(sums, 1);
      await program.run(numbers(1, 1));
      expect([sums, copy, more].map(valuesOf)).toEqual([
        [12, 23],
        [11, 22],
        [12, 23],
      ]);
      sums.assign(tensor1d([100, 200]));
      expect([...(await program.run(numbers(1, 2))).twice!]).toEqual([202, 404]);
      expect([sums, copy].map(valuesOf)).toEqual([
        [101, 202],
        [11, 22],
      ]);
      program.dispose();
      expect(valuesOf(sums)).toEqual([101, 202]);
    });

    it('keep two variables apart that have changed places', async () => {
      const engine = await open();
      const [a, b] = [held(1, 2), held(30, 40)];
      const exchange = (): Record<string, Tensor> => {
        const [was, other] = [a.clone(), b.clone()];
        a.assign(other);
        b.assign(was);
        return {};
      };
      exchange();
      const program = engine.record({
        batch: 1,
        inputs: {},
        phases: [
          (): Record<string, Tensor> => {
            const [was, other] = [mul(a, 10), add(b, 1)];
            a.assign(other);
            b.assign(was);
            return {};
          },
        ],
      });
      const values = (): number[][] => [a, b].map(valuesOf);
      await program.run({});
      expect(values()).toEqual([
        [2, 3],
        [300, 400],
      ]);
      exchange();
      await program.run({});
      expect(values()).toEqual([
        [3, 4],
        [3000, 4000],
      ]);
      program.dispose();
    });

    it('refuse to read a value that an earlier phase has replaced', async () => {
      const engine = await open();
      const changed = held(1, 2);
      let old: Tensor | undefined;
      const spec = {
        batch: 1,
        inputs: { x: { shape: [2], dtype: 'float32' as const } },
        phases: [
          ({ x }: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
            old = changed.clone();
            changed.assign(mul(x!, 2));
            return {};
          },
          (): Record<string, Tensor> => ({ before: add(old!, 1) }),
        ],
      };
      expect(() => engine.record(spec)).toThrow(
        'the step cannot be replayed: it reads an old value of the variable',
      );
      expect(valuesOf(changed)).toEqual([1, 2]);
    });

    it('share variables with each other, and leave them their values when all have ended', async () => {
      const engine = await open();
      const [first, second, unused] = [held(1, 2), held(3, 4), held(5, 6)];
      const [one, other, idle] = [first, second, unused].map((each) => recordSum(engine, each));
      await one!.run(numbers(1, 1));
      expect(valuesOf(first)).toEqual([2, 3]);
      // Only now the second has values on the device, and the third none yet.
      await other!.run(numbers(1, 1));
      expect([second, unused, first].map(valuesOf)).toEqual([
        [4, 5],
        [5, 6],
        [2, 3],
      ]);
      const again = recordSum(engine, first);
      one!.dispose();
      await again.run(numbers(1, 1));
      for (const program of [again, other!, idle!]) program.dispose();
      expect([first, second, unused].map(valuesOf)).toEqual([
        [3, 4],
        [4, 5],
        [5, 6],
      ]);
      const anew = recordSum(engine, first);
      await anew.run(numbers(1, 1));
      anew.dispose();
      expect(valuesOf(first)).toEqual([4, 5]);
    });

    it('change nothing after a phase whose condition is not finite', async () => {
      const engine = await open();
      const [before, after, last] = [held(0, 0), held(0, 0), held(0, 0)];
      const program = engine.record({
        batch: 1,
        inputs: { x: { shape: [2], dtype: 'float32' } },
        phases: [
          ({ x }): Record<string, Tensor> => {
            before.assign(x!);
            return { loss: sum(x!), given: add(x!, 0) };
          },
          ({ x }): Record<string, Tensor> => {
            after.assign(x!);
            return { later: mul(x!, 3) };
          },
          ({ x }): Record<string, Tensor> => {
            last.assign(add(after, x!));
            return {};
          },
        ],
        condition: 'loss',
      });
      const state = (): number[][] => [before, after, last].map(valuesOf);
      const done = await program.run(numbers(1, 2));
      expect([done.loss, done.later].map((each) => [...each!])).toEqual([[3], [3, 6]]);
      expect(state()).toEqual([
        [1, 2],
        [1, 2],
        [2, 4],
      ]);
      for (const bad of [NaN, Infinity]) {
        const stopped = await program.run(numbers(bad, 7));
        expect(Object.keys(stopped).sort()).toEqual(['given', 'loss']);
        expect([...stopped.given!]).toEqual([bad, 7]);
        expect(state()).toEqual([
          [bad, 7],
          [1, 2],
          [2, 4],
        ]);
      }
      await program.run(numbers(3, 4));
      expect(state()).toEqual([
        [3, 4],
        [3, 4],
        [6, 8],
      ]);
      program.dispose();
    });

    it('have the constants that they were recorded with', async () => {
      const engine = await open();
      const factor = scalar(5);
      const program = engine.record({
        batch: 1,
        inputs: { x: { shape: [2], dtype: 'float32' } },
        phases: [({ x }): Record<string, Tensor> => ({ scaled: mul(add(x!, tensor1d([1, 2])), factor) })],
      });
      for (let run = 0; run < 2; run++)
        expect([...(await program.run(numbers(1, 2))).scaled!]).toEqual([10, 20]);
      program.dispose();
      factor.dispose();
    });

    it('wait where workers meet, with what each brings, and go on with what comes of all', async () => {
      const engine = await open();
      const asked: [string, number, number[][]][] = [];
      const program = engine.record({
        batch: 1,
        inputs: { x: { shape: [2], dtype: 'float32' } },
        phases: [
          ({ x }): Record<string, Tensor> => {
            const own = { mean: x as Tensor1D, variance: mul<Tensor1D>(x!, 10) };
            const { mean, variance, unbiased } = callKernel(AllReduceMoments, own, { places: 4 });
            const { a, b } = callKernel(
              AllReduceMean,
              { a: add<Tensor1D>(mean, 1), b: variance },
              { places: 3 },
            );
            return { mean, variance, unbiased, a: mul(a, 2), b };
          },
        ],
        allReduce: (reduction, { places, values }) => {
          asked.push([reduction, places, values.map((each) => [...each])]);
          const results = reduction === 'moments' ? [[5, 6], [7, 8], [9, 10]] : [[50, 60], [70, 80]]; // prettier-ignore
          return Promise.resolve(results.map((each) => Float32Array.from(each)));
        },
      });
      const { mean, variance, unbiased, a, b } = await program.run(numbers(1, 2));
      expect(asked).toEqual([
        ['moments', 4, [[1, 2], [10, 20]]],
        ['mean', 3, [[6, 7], [7, 8]]],
      ]); // prettier-ignore
      expect([mean, variance, unbiased, a, b].map((each) => [...each!])).toEqual([
        [5, 6],
        [7, 8],
        [9, 10],
        [100, 120],
        [70, 80],
      ]);
      program.dispose();
    });
  });
}

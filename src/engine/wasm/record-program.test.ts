import { afterAll, describe, expect, it } from 'vitest';
import { onBackend } from '../current-backend.js';
import * as tf from '../tf-core.js';
import '../tf.js';
import { InvolveError } from '../../util/errors.js';
import type { Program } from '../program/program.js';
import { recordProgram } from './record-program.js';
import { WASM_BACKEND } from './register.js';
import { openTestBackend } from './testing.js';

const backend = openTestBackend({ threads: 1 });
afterAll(() => backend.pool.close());

/** Of a small input and a large one. */
type Work = (x: tf.Tensor, large: tf.Tensor) => tf.Tensor;

/** What is said of a computation that is not the same twice: `first` in the first recording, `then` in the other. */
function difference(first: Work, then: Work): string | undefined {
  let recordings = 0;
  try {
    onBackend(WASM_BACKEND, () =>
      recordProgram(backend, {
        inputs: { x: { shape: [4, 6], dtype: 'float32' }, large: { shape: [400, 600], dtype: 'float32' } },
        phases: [({ x, large }) => ({ y: (recordings++ === 0 ? first : then)(x!, large!) })],
        batch: 4,
      }).dispose(),
    );
    return undefined;
  } catch (error) {
    if (error instanceof InvolveError) return error.problems[0]!.what;
    throw error;
  }
}

/** Of an element-wise kernel over the large input. */
const pieces = Math.ceil((400 * 600) / 16384);

describe('a computation that is not the same twice', () => {
  it('is none where it is', () => {
    expect(
      difference(
        (x) => tf.relu(x),
        (x) => tf.relu(x),
      ),
    ).toBeUndefined();
  });

  it.each<[what: string, first: Work, then: Work]>([
    ['call 0, relu, then square', (x) => tf.relu(x), (x) => tf.square(x)],
    [
      'call 0, leakyRelu, argument p: 0.1, then 0.2',
      (x) => tf.leakyRelu(x, 0.1),
      (x) => tf.leakyRelu(x, 0.2),
    ],
    [`call 0, relu: ${pieces} pieces of work, then 1`, (_, large) => tf.relu(large), (x) => tf.relu(x)],
    ['call 0, Cumsum with other attributes or tensors', (x) => tf.cumsum(x, 0), (x) => tf.cumsum(x, 1)],
    ['1 calls, then 2', (x) => tf.relu(x), (x) => tf.relu(tf.relu(x))],
  ])('is refused: %s', (what, first, then) => {
    expect(difference(first, then)).toBe(
      `the step is not the same every time, so it cannot be replayed: ${what}`,
    );
  });
});

it('a kernel of the CPU is replayed with the values of each run', async () => {
  const program = onBackend(WASM_BACKEND, () =>
    recordProgram(backend, {
      inputs: { x: { shape: [3], dtype: 'float32' } },
      phases: [({ x }) => ({ y: tf.add(tf.cumsum(tf.relu(x!)), 1) })],
      batch: 1,
    }),
  );
  expect(program.plan!.fallbacks).toEqual({ Cumsum: 1 });
  for (const [x, y] of [
    [
      [1, -2, 3],
      [2, 2, 5],
    ],
    [
      [4, 5, 6],
      [5, 10, 16],
    ],
  ] as const)
    expect([...(await program.run({ x: Float32Array.from(x) })).y!]).toEqual(y);
  program.dispose();
});

/** Records what is done with two numbers. */
function recorded(phase: (x: tf.Tensor) => tf.Tensor): Program {
  return onBackend(WASM_BACKEND, () =>
    recordProgram(backend, {
      inputs: { x: { shape: [2], dtype: 'float32' } },
      phases: [({ x }) => ({ y: phase(x!) })],
      batch: 1,
    }),
  );
}

it('a kernel of the CPU runs once, when it is recorded, on what is the same in each run', async () => {
  const program = recorded((x) => tf.add(x, tf.cumsum(tf.tensor1d([1, 2]))));
  expect(program.plan!.fallbacks).toEqual({});
  expect([...(await program.run({ x: Float32Array.of(10, 20) })).y!]).toEqual([11, 23]);
  program.dispose();
});

it('places that are gathered are looked at when it is recorded', () => {
  expect(() => recorded((x) => tf.gather(x, tf.tensor1d([0, 2], 'int32')))).toThrow(
    'GatherV2: the index value 2 is not in [0, 1]',
  );
});

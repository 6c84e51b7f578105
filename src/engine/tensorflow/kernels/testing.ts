import * as tf from '../../tf-core.js';
import { expect } from 'vitest';
import type { TensorflowBackend } from '../backend.js';
import { runKernel, uniform, type Numbers } from '../../wasm/testing.js';
import { registerReferenceKernels } from '../../reference/register.js';
import { buildCustomOps } from '../native/build.js';
import { loadCustomOps, type CustomOps } from '../native/load.js';
import { findInstallation } from '../installation.js';
import { openTestTensorflow } from '../testing.js';
import type { KernelOptions } from './kernel.js';
import { hasOneDnn } from './one-dnn.js';
import { tensorflowKernels } from './register.js';

export { uniform, type Numbers };

/** The variants of the kernels: of TensorFlow's own operations, with oneDNN's, and with ours where there is a compiler. */
export interface TestKernels {
  readonly customOps: CustomOps | null;
  readonly why: string;
  readonly oneDnn: boolean;
  /** Whether they run on a GPU: of TensorFlow's own operations alone. */
  readonly onGpu: boolean;
}

let opened: Promise<TestKernels> | undefined;

/** Makes TensorFlow the current backend, with the custom operations if they can be built here. */
export function openTestKernels(): Promise<TestKernels> {
  opened ??= open();
  return opened;
}

async function open(): Promise<TestKernels> {
  registerReferenceKernels();
  (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  const { backend, kernels } = await openTestTensorflow();
  const { onGpu } = kernels;
  if (onGpu) return { customOps: null, why: 'a GPU', oneDnn: false, onGpu };
  const { path, note } = await buildCustomOps(findInstallation('cpu')!);
  const oneDnn = hasOneDnn();
  if (path === null) return { customOps: null, why: note, oneDnn, onGpu };
  return { customOps: await loadCustomOps(backend.binding.eager.api, path), why: note, oneDnn, onGpu };
}

/** Kernels whose tensors come as a list. */
const TAKE_LISTS = ['AddN', 'Concat', 'Pack'];

/** Runs a kernel of the TensorFlow engine. */
export function runTensorflowKernel(
  name: string,
  inputs: Readonly<Record<string, Numbers>>,
  attrs: object,
  options: KernelOptions,
): Numbers[] {
  const kernelFunc = tensorflowKernels(options).get(name) ?? tf.getKernel(name, 'tensorflow').kernelFunc;
  return tf.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([key, { shape, values, dtype }]) => [
        key,
        tf.tensor(values, [...shape], dtype ?? 'float32'),
      ]),
    );
    const backend = tf.backend() as TensorflowBackend;
    const given = (TAKE_LISTS.includes(name) ? Object.values(tensors) : tensors) as tf.NamedTensorInfoMap;
    const result = kernelFunc({ inputs: given, backend, attrs: attrs as tf.NamedAttrMap });
    return [result].flat().map((info) => ({
      shape: info.shape,
      values: (backend.readSync(info.dataId) as Float32Array).slice(),
    }));
  }) as unknown as Numbers[];
}

export interface Comparison {
  /** Largest difference allowed, as a share of the largest value of an output (or of 1). */
  readonly tolerance?: number;
}

/**
 * A kernel gives the numbers of the reference: of stock operations, as they are put together for a processor and for a
 * GPU, with oneDNN's, and with the custom ones on 1, 2 and 3 threads, to the same bits.
 */
export async function expectLikeReference(
  name: string,
  inputs: Readonly<Record<string, Numbers>>,
  attrs: object = {},
  { tolerance = 2e-6 }: Comparison = {},
): Promise<void> {
  const { customOps, oneDnn, onGpu } = await openTestKernels();
  const expected = runKernel('cpu', name, inputs, attrs);
  const compare = (actual: readonly Numbers[], how: string): void => {
    expect(
      actual.map(({ shape }) => shape),
      `${name}, ${how}: shapes`,
    ).toEqual(expected.map(({ shape }) => shape));
    expected.forEach(({ values }, i) =>
      expectClose(actual[i].values, values, tolerance, `${name}, ${how}: output ${i}`),
    );
  };
  const stock = { onGpu: false, customOps: new Set<string>() };
  // What is put together otherwise for a GPU is of operations that the processor has as well.
  compare(runTensorflowKernel(name, inputs, attrs, { ...stock, onGpu: true }), 'as on a GPU');
  if (onGpu) {
    const loose = { ...stock, onGpu, deterministic: false };
    return compare(runTensorflowKernel(name, inputs, attrs, loose), 'on a GPU, bits not repeated');
  }
  compare(runTensorflowKernel(name, inputs, attrs, stock), 'stock');
  if (oneDnn) compare(runTensorflowKernel(name, inputs, attrs, { ...stock, oneDnn }), 'oneDNN');
  if (customOps === null) return;
  let first: string | undefined;
  for (const threads of [1, 2, 3]) {
    customOps.setThreads(threads);
    const actual = runTensorflowKernel(name, inputs, attrs, { onGpu: false, customOps: customOps.names });
    if (first === undefined) compare(actual, 'custom');
    first ??= bits(actual);
    expect(bits(actual) === first, `${name} has the same bits on ${threads} threads`).toBe(true);
  }
}

/** Equal within a share of the largest finite value (or of 1); a NaN only equals a NaN. */
export function expectClose(
  actual: Numbers['values'],
  expected: Numbers['values'],
  tolerance: number,
  what: string,
): void {
  let scale = 1;
  for (const value of expected) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const isSame =
      Object.is(actual[i], expected[i]) || Math.abs(actual[i] - expected[i]) <= tolerance * scale;
    if (!isSame)
      expect.fail(
        `${what}: at ${i} expected ${expected[i]}, got ${actual[i]} (tolerance ${tolerance * scale})`,
      );
  }
}

function bits(tensors: readonly Numbers[]): string {
  return tensors
    .map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'))
    .join();
}

import { type NamedAttrMap, type TensorInfo, type TypedArray, findBackend, getKernel } from '../tf-core.js';
import type { MathBackendCPU } from '../tf-cpu.js';
import { expect } from 'vitest';
import { type Numbers, uniform } from '../kernels/samples.testing.js';
import { registerReferenceKernels } from '../reference/register.js';
import type { WasmBackend, WasmBackendOptions } from './backend.js';
import { checkRoles } from './declared-roles.testing.js';
import { WASM_BACKEND, registerWasmBackend } from './register.js';

export { uniform, type Numbers };

/** For tests: both backends, and calls of one kernel on each. What routines declare of their arguments is checked. */
export function openTestBackend(options: WasmBackendOptions): WasmBackend {
  registerReferenceKernels();
  // Else it greets its first tensor with an advertisement.
  (findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
  const backend = registerWasmBackend(options);
  checkRoles(backend);
  return backend;
}

/** Kernels whose tensors come as a list. */
const TAKE_LISTS = ['AddN', 'Concat', 'Pack'];

export function runKernel(
  backendName: string,
  name: string,
  inputs: Readonly<Record<string, Numbers>>,
  attrs: object = {},
): Numbers[] {
  const backend = findBackend(backendName) as MathBackendCPU;
  const { kernelFunc } = getKernel(name, backendName);
  const infos: Record<string, TensorInfo> = {};
  for (const [key, { shape, values, dtype }] of Object.entries(inputs)) {
    infos[key] = backend.makeTensorInfo([...shape], dtype ?? 'float32', values);
  }
  const given = (TAKE_LISTS.includes(name) ? Object.values(infos) : infos) as typeof infos;
  const result = kernelFunc({ inputs: given, backend, attrs: attrs as NamedAttrMap });
  const outputs = Array.isArray(result) ? result : [result];
  const numbers = outputs.map(({ dataId, shape }) => ({
    shape,
    values: (backend.readSync(dataId) as TypedArray).slice(),
  }));
  for (const { dataId } of [...outputs, ...Object.values(infos)]) backend.disposeData(dataId);
  return numbers;
}

export interface Comparison {
  /** Largest difference allowed, as a share of the largest value of the output (or of 1). */
  readonly tolerance?: number;
  /** The kernel may be served by the fallback. */
  readonly mayFallBack?: boolean;
}

/**
 * Runs a kernel on the CPU backend and on the wasm backend with 1, 2 and 3 threads: the numbers
 * agree, are bit for bit the same at every thread count, and nothing is left in memory.
 */
export function expectSameAsCpu(
  backend: WasmBackend,
  name: string,
  inputs: Readonly<Record<string, Numbers>>,
  attrs: object = {},
  { tolerance = 2e-6, mayFallBack = false }: Comparison = {},
): void {
  const expected = runKernel('cpu', name, inputs, attrs);
  const used = backend.sharedMemory.usedBytes;
  const fallbacks = backend.fallbacks.get(name) ?? 0;
  let first: Numbers[] | undefined;
  for (const threads of [1, 2, 3]) {
    backend.pool.activeThreads = threads;
    const actual = runKernel(WASM_BACKEND, name, inputs, attrs);
    expect(backend.sharedMemory.usedBytes, 'bytes in use').toBe(used);
    if (first === undefined) {
      first = actual;
      expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
      expected.forEach(({ values }, i) =>
        expectClose(actual[i].values, values, tolerance, `${name} output ${i}`),
      );
    } else {
      actual.forEach(({ values }, i) => {
        const isSame = Buffer.compare(bytesOf(values), bytesOf(first![i].values)) === 0;
        expect(isSame, `${name} has the same bits on ${threads} threads`).toBe(true);
      });
    }
  }
  if (!mayFallBack) expect(backend.fallbacks.get(name) ?? 0, `${name} fell back`).toBe(fallbacks);
}

function bytesOf(values: TypedArray): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

export function expectClose(actual: TypedArray, expected: TypedArray, tolerance: number, what: string): void {
  let scale = 1;
  for (const value of expected) scale = Math.max(scale, Math.abs(value));
  let worst = 0;
  let place = -1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= worst)) [worst, place] = [difference, i];
  }
  expect(actual.length).toBe(expected.length);
  if (!(worst <= tolerance * scale)) {
    expect.fail(
      `${what}: at ${place} expected ${expected[place]}, got ${actual[place]} (tolerance ${tolerance * scale})`,
    );
  }
}

import { spawnSync } from 'node:child_process';
import type { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { hasRelaxedSimd, loadKernels } from './loader.js';
import { SharedMemory } from './memory.js';
import { routine } from '../program/routine.js';
import { Pool, startWorker } from './pool.js';
import { type Routines, routinesBy } from './routines.js';
import { Control, WORKER_SOURCE } from './worker-source.js';

const memory = new SharedMemory();
const pool = new Pool(loadKernels(hasRelaxedSimd()), memory.memory, 3);
const routinesOf = (those: Pool): Routines =>
  routinesBy((each, items, args) => those.call(each, items, args, false));
const routines = routinesOf(pool);
afterAll(() => pool.close());

const COUNT = 100_000;
const ITEMS = Math.ceil(COUNT / 16384);

function addOnce(): void {
  const [a, b, c] = [0, 1, 2].map(() => memory.allocate(COUNT * 4));
  const view = (pointer: number) => new Float32Array(memory.buffer, pointer, COUNT);
  view(a).fill(1);
  view(b).fill(2);
  routines.add({ items: ITEMS, a, b, to: c, count: COUNT });
  expect(view(c).every((value) => value === 3)).toBe(true);
  for (const pointer of [a, b, c]) memory.free(pointer);
}

describe('Pool', () => {
  it('runs a kernel on all threads, again and again', () => {
    for (let i = 0; i < 200; i++) addOnce();
  });

  it('has every thread help, one that slept too', () => {
    const [batches, size] = [2000, 16];
    const scratchStride = 4096;
    const [ones, to, scratch] = [batches * size * size * 4, batches * size * size * 4, 3 * scratchStride].map(
      (bytes) => memory.allocate(bytes),
    );
    new Float32Array(memory.buffer, ones, batches * size * size).fill(1);
    // What a thread packs lies in a place of its own.
    const packed = [0, 1, 2].map((i) => new Float32Array(memory.buffer, scratch + i * scratchStride, size));
    for (let round = 0; round < 2; round++) {
      for (const each of packed) each.fill(0);
      // A machine that is busy with something else may have the others come late: then again.
      do {
        routines.smallGemm({
          ...{ items: batches, perItem: 1, a: ones, b: ones, c: to, batches, m: size, n: size, k: size },
          ...{ transposedA: 0, transposedB: 0, strideA: size * size * 4, strideB: size * size * 4 },
          ...{ bias: 0, relu: 0, scratch, scratchStride },
        });
      } while (!packed.every((each) => each[0] === 1));
      expect(new Float32Array(memory.buffer, to, batches * size * size).every((each) => each === size)).toBe(
        true,
      );
      // Long enough for those who wait to fall asleep.
      const end = performance.now() + 50;
      while (performance.now() < end);
    }
    for (const pointer of [ones, to, scratch]) memory.free(pointer);
  });

  it('reports a kernel that traps, wherever it does, and works on', () => {
    const outside = 0xfff00000;
    for (let i = 0; i < 10; i++) {
      const everywhere = { a: outside, b: outside, to: outside };
      expect(() => routines.add({ items: 64, ...everywhere, count: 64 * 16384 })).toThrowError();
      addOnce();
    }
  });

  it('names a kernel that does not exist', () => {
    const nonsense = routine('nonsense', { roles: {} });
    expect(() => pool.call(nonsense, 2, [], false)).toThrowError('There is no kernel nonsense.');
  });

  it('stops when a thread has died, and says how to go on', async () => {
    const workers: Worker[] = [];
    const mortal = new Pool(loadKernels(hasRelaxedSimd()), memory.memory, 2, (data) => {
      workers.push(startWorker(data));
      return workers[0];
    });
    const [from, to] = [memory.allocate(COUNT * 4), memory.allocate(COUNT * 4)];
    const add = () => routinesOf(mortal).add({ items: ITEMS, a: from, b: from, to, count: COUNT });
    add();
    await workers[0].terminate();
    expect(add).toThrowError('worker thread 1 of the wasm engine ended');
    await mortal.close();
    [from, to].forEach((pointer) => memory.free(pointer));
  });

  it('does not wait for a thread that is not there in time', () => {
    // This worker waits at another door, so the main thread does all the work.
    const alone = new Pool(loadKernels(hasRelaxedSimd()), memory.memory, 2, (data) =>
      startWorker({ ...data, control: new SharedArrayBuffer(data.control.byteLength) }),
    );
    const sum = memory.allocate(COUNT * 4);
    new Float32Array(memory.buffer, sum, COUNT).fill(1);
    routinesOf(alone).add({ items: ITEMS, a: sum, b: sum, to: sum, count: COUNT });
    expect(new Float32Array(memory.buffer, sum, COUNT).every((value) => value === 2)).toBe(true);
    memory.free(sum);
    return alone.close();
  });

  it('lets the process end while its threads sleep', () => {
    const script = `
      const { Worker } = require('node:worker_threads');
      const { readFileSync } = require('node:fs');
      const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
      const module = new WebAssembly.Module(readFileSync(process.argv[1]));
      const control = new SharedArrayBuffer(1024);
      const worker = new Worker(${JSON.stringify(WORKER_SOURCE)}, { eval: true, workerData: { control, memory, module, thread: 1 } });
      worker.unref();
      const words = new Int32Array(control);
      for (let i = 0; i < 2000 && Atomics.load(words, ${Control.sleeping}) === 0; i++) Atomics.wait(words, 15, 0, 10);
      console.log('sleeping:', words[${Control.sleeping}]);`;
    const kernels = fileURLToPath(new URL('../../../dist/engine/wasm/kernels-simd.wasm', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, ['-e', script, kernels], { timeout: 600_000 });
    expect(stdout.toString()).toBe('sleeping: 1\n');
    expect(status).toBe(0);
  });
});

import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { SAFE_KERNELS } from './in-place.js';
import { openTestBackend, uniform } from './testing.js';

const backend = openTestBackend({ threads: 3 });
afterAll(() => backend.pool.close());

const ROWS = 1501;
const [CHANNELS, BATCH] = [28, 19];
const COUNT = ROWS * CHANNELS;
const ITEMS = Math.ceil(COUNT / 16384);

/** Memory that calls need beside their tensors. */
const allocated: number[] = [];
afterEach(() => {
  for (const pointer of allocated.splice(0)) backend.sharedMemory.free(pointer);
});

/** What follows the addresses in a call, and how many pieces of work it is, by the family of the kernel. */
function restOf(name: string): { items: number; rest: number[] } {
  if (name.startsWith('bnGradSums')) return { items: 4, rest: [ROWS, CHANNELS] };
  if (name.startsWith('bn')) return { items: Math.ceil(ROWS / 64), rest: [ROWS, CHANNELS, 64] };
  // 7 channels: rows that end within a vector.
  if (name.endsWith('Channels')) return { items: Math.ceil(COUNT / 7 / 256), rest: [COUNT / 7, 7, 256] };
  if (name.startsWith('softmax')) return { items: Math.ceil(COUNT / 7 / 256), rest: [COUNT / 7, 7, 256] };
  if (name.endsWith('Broadcast')) {
    const along = [0, 0, 7, 1];
    return { items: Math.ceil(COUNT / 7 / 256), rest: [1, 1, COUNT / 7, 7, ...along, ...along, 256] };
  }
  if (name === 'channelScale') return { items: BATCH * 4, rest: [COUNT / 7 / BATCH, 7, 79] };
  // Rows of 3×3 taps, two groups a place, on maps of 5 columns and one row; masked in the taps' first and last rows.
  if (name === 'neighbourhoodSoftmax') {
    const places = Math.floor(COUNT / 18 / 5) * 5;
    const masks = backend.sharedMemory.allocate(3 * 64);
    allocated.push(masks);
    return { items: Math.ceil(places / 50), rest: [places, 1, 5, 2, 3, 1, 1, 1, 1, 5, 50, masks, 64] };
  }
  if (name === 'neighbourhoodSoftmaxGrad') return { items: 7, rest: [Math.floor(COUNT / 49), 49, 130] };
  if (name === 'dropout') return { items: ITEMS, rest: [COUNT, 5, 0.25, 4 / 3] };
  if (name === 'dropoutSamples') return { items: BATCH, rest: [COUNT / BATCH, 5, 0.25, 4 / 3] };
  const numbers: Record<string, number[]> = {
    ...{ step: [0.2, 0], leakyRelu: [0.2, 0], clip: [0.2, 0.7] },
    movingAverage: [0.9, 0.1],
    adam: [0.9, 0.1, 0.99, 0.01, 1e-3, 0.01],
    sgd: [0.9, 1, 0.01],
    rmsProp: [0.9, 0.1, 0.8, 1e-3, 0.01],
  };
  return { items: ITEMS, rest: [COUNT, ...(numbers[name] ?? [])] };
}

/** How many addresses a kernel takes, and its outputs. */
function addressesOf(name: string, outputs: readonly number[]): number {
  if (name.startsWith('bnApply')) return 5;
  if (name.startsWith('bnGradSums')) return 6;
  if (name.startsWith('bnGradInput')) return 8;
  return Math.max(...outputs) + 1;
}

/** Bytes of an output that a kernel writes: whole rows of taps do not fill the memory. */
function writtenBytes(name: string): number {
  if (name === 'neighbourhoodSoftmax') return Math.floor(COUNT / 18 / 5) * 5 * 18 * 4;
  if (name === 'neighbourhoodSoftmaxGrad') return Math.floor(COUNT / 49) * 49 * 4;
  return COUNT * 4;
}

/** In (0, 1): powers of β and second moments are positive. */
const numbers = Array.from({ length: 10 }, (_, salt) => uniform([COUNT], salt, 0.05, 0.95).values);

function fill(pointer: number, salt: number): void {
  new Float32Array(backend.sharedMemory.buffer, pointer, COUNT).set(numbers[salt]);
}

const bits = (pointer: number): Buffer =>
  Buffer.from(new Uint8Array(backend.sharedMemory.buffer, pointer, COUNT * 4).slice());

/** Runs a kernel with `output` in memory of its own or over `input`; gives back the bits of all outputs. */
function run(name: string, outputs: readonly number[], over?: { output: number; input: number }): Buffer[] {
  const count = addressesOf(name, outputs);
  const pointers = Array.from({ length: count }, () => backend.sharedMemory.allocate(COUNT * 4));
  const sums = backend.sharedMemory.allocate(COUNT * 4);
  pointers.forEach((pointer, i) => fill(pointer, i));
  const args = pointers.map((pointer, i) => (over?.output === i ? pointers[over.input] : pointer));
  const call = (kernel: string, addresses: readonly number[]): void => {
    const { items, rest } = restOf(kernel);
    backend.pool.run(
      kernel,
      items,
      ...addresses,
      ...rest,
      ...(kernel.startsWith('bnGradSums') ? [sums] : []),
    );
  };
  // The second pass takes from dx what the first one left there.
  if (name.startsWith('bnGradInput')) call(name.replace('Input', 'Sums'), args.slice(0, 6));
  call(name, args);
  if (name.startsWith('bnGradSums')) outputs = [];
  const results = [
    ...outputs.map((i) => bits(args[i]).subarray(0, writtenBytes(name))),
    bits(sums).subarray(0, name.startsWith('bn') ? 896 : 0),
  ];
  for (const pointer of [...pointers, sums]) backend.sharedMemory.free(pointer);
  return results;
}

describe('a kernel that writes over its input', () => {
  const cases = Object.entries(SAFE_KERNELS).flatMap(([name, places]) =>
    Object.entries(places).flatMap(([output, inputs]) =>
      inputs.map((input) => ({ name, places, output: Number(output), input })),
    ),
  );

  it.each(cases)(
    'gives the same bits: $name, output $output over $input',
    ({ name, places, output, input }) => {
      const outputs = Object.keys(places).map(Number);
      const apart = run(name, outputs);
      for (const threads of [1, 3]) {
        backend.pool.activeThreads = threads;
        const over = run(name, outputs, { output, input });
        over.forEach((result, i) => expect(Buffer.compare(result, apart[i])).toBe(0));
      }
    },
  );
});

import type { Call, KernelCall } from './recorder.js';
import { addressOf, bufferAt, isVirtual } from './virtual-address.js';

type Places = Readonly<Record<number, readonly number[]>>;

const UNARY: Places = { 1: [0] };
const BINARY: Places = { 2: [0, 1] };
const FIRST: Places = { 2: [0] };

const ARITHMETIC = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference'];

function named(ending: string): string[] {
  return ARITHMETIC.map((name) => name + ending);
}

/**
 * Kernels that read each value before they write the value at the same place, and read no other: for each
 * argument that is an output, the inputs over which it may lie. `in-place.test.ts` checks each.
 */
export const SAFE_KERNELS: Readonly<Record<string, Places>> = {
  ...all(['relu', 'sigmoid', 'swish', 'exp', 'neg', 'square', 'sqrt', 'abs'], UNARY),
  ...all(['elu', 'tanh', 'log', 'rsqrt', 'reciprocal', 'sign', 'step', 'leakyRelu', 'clip'], UNARY),
  // A row is read whole before it is written.
  ...all(['softmax'], UNARY),
  ...all(['softmaxGrad'], BINARY),
  ...all(['bnApplyNone', 'bnApplyRelu', 'bnApplySwish'], UNARY),
  ...all(ARITHMETIC, BINARY),
  // What is as long as the result does not stay behind along any axis.
  ...all(named('Broadcast'), BINARY),
  ...all(named('Value'), FIRST),
  ...all(named('ToValue'), { 2: [1] }),
  ...all([...named('Channels'), 'channelScale'], FIRST),
  ...all(['swishGrad', 'reluGrad', 'sigmoidGrad', 'eluGrad', 'movingAverage'], BINARY),
  ...all(['dropout', 'dropoutSamples'], FIRST),
  // Row by row of taps, each value written after the last look at it.
  neighbourhoodSoftmax: { 1: [0] },
  neighbourhoodSoftmaxGrad: { 2: [0, 1] },
  // dx over dy: the sums either only read dy, or put the gradient before the activation into dx, where
  // bnGradInput looks for it and no longer at dy.
  ...all(['bnGradSumsNone', 'bnGradSumsRelu', 'bnGradSumsSwish'], { 2: [1] }),
  ...all(['bnGradInputNone', 'bnGradInputRelu', 'bnGradInputSwish'], { 2: [1] }),
  adam: { 7: [0], 8: [2], 9: [3] },
  sgd: { 4: [0], 5: [2] },
  rmsProp: { 5: [0], 6: [2], 7: [3] },
};

/** The first pass of batch normalisation's gradient; the second may follow on the same two buffers. */
const FIRST_OF_TWO = /^bnGradSums/;

/**
 * Whether the buffer `to` may lie where `from` lies, so that calling `call` with both writes over what it
 * reads. Both begin at the same address, and `from` is needed no more after the call.
 */
export function mayOverwrite(
  call: Call,
  from: (buffer: number) => boolean,
  to: number,
  nameOf: (kernel: number) => string,
): boolean {
  if (call.kind !== 'kernel') return false;
  const places = SAFE_KERNELS[nameOf(call.kernel)];
  const outputs = argumentsOf(call, (buffer) => buffer === to);
  if (places === undefined || outputs.length !== 1) return false;
  const allowed = places[outputs[0]] as readonly number[] | undefined;
  const begins = call.args[outputs[0]] === addressOf(to);
  return (
    allowed !== undefined &&
    begins &&
    argumentsOf(call, from).every((i) => allowed.includes(i) && isStart(call.args[i]))
  );
}

/** Whether a call may leave `from` for the next call that names both, although it names `to`. */
export function isFirstOfTwo(call: Call, nameOf: (kernel: number) => string): boolean {
  return call.kind === 'kernel' && FIRST_OF_TWO.test(nameOf(call.kernel));
}

// --- internal ---

function all(names: readonly string[], places: Places): Record<string, Places> {
  return Object.fromEntries(names.map((name) => [name, places]));
}

function argumentsOf({ args }: KernelCall, isWanted: (buffer: number) => boolean): number[] {
  return args.flatMap((value, i) => (isVirtual(value) && isWanted(bufferAt(value)) ? [i] : []));
}

function isStart(address: number): boolean {
  return address === addressOf(bufferAt(address));
}

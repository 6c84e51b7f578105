import { resultOf } from '../program/routine.js';
import type { Recorded } from './layout.js';
import { type Call, type KernelCall, type RecordedBuffer, buffersOf } from './recorder.js';
import { addressOf, bufferAt, isVirtual } from './virtual-address.js';

/** Calls between two uses of a result from which on it may be worth forgetting it. */
const LONG = 16;
/** What is kept alive so that a result can be computed again, as a share of the result. */
const SMALL = 1 / 8;

/**
 * A program that computes some results twice instead of keeping them from the forward to the backward pass
 * (Chen et al. 2016, "Training deep nets with sublinear memory cost"): those of routines that are declared cheap, such as
 * outputs of batch normalisation, whose input is kept for its own gradient anyway. The numbers are the same, since the same call computes them.
 */
export function recompute(recorded: Recorded): Recorded {
  const buffers: RecordedBuffer[] = [...recorded.buffers];
  const uses = buffers.map((): number[] => []);
  recorded.calls.forEach((call, i) => {
    for (const buffer of new Set(buffersOf(call))) uses[buffer].push(i);
  });
  const fixed = new Set(
    recorded.phases.flatMap(({ outputs, assignments }) =>
      [...outputs, ...assignments.map(({ address }) => address)].map(bufferAt),
    ),
  );
  const assigned = new Set(
    recorded.phases.slice(0, 1).flatMap(({ assignments }) => assignments.map(({ variable }) => variable)),
  );
  const end = recorded.phases[0]?.end ?? 0;

  /** For each call, results to be computed before it, under a new name. */
  const again = new Map<number, KernelCall[]>();
  /** From which call on a buffer has another name. */
  const renamed = new Map<number, { readonly from: number; readonly to: number }>();
  recorded.calls.forEach((call, i) => {
    if (call.kind !== 'kernel' || !call.routine.isCheap || i >= end) return;
    const place = resultOf(call.routine);
    const result = bufferAt(call.args[place]);
    const { kind, bytes } = buffers[result];
    const times = uses[result];
    if (kind !== 'internal' || fixed.has(result) || times[0] !== i || times.at(-1)! >= end) return;
    const next = times.slice(1).find((time, k) => time - times[k] > LONG);
    // A result that nobody used before is not forgotten, it is only late.
    if (next === undefined || next === times[1]) return;
    const isThere = (buffer: number): boolean => {
      const operand = buffers[buffer];
      if (operand.kind === 'variable') return !assigned.has(operand.variable);
      return operand.kind !== 'internal' || uses[buffer].at(-1)! >= next || operand.bytes <= bytes * SMALL;
    };
    const operands = buffersOf(call).filter((buffer) => buffer !== result);
    if (!operands.every(isThere)) return;
    const copy = buffers.push({ kind: 'internal', bytes }) - 1;
    renamed.set(result, { from: next, to: copy });
    const list = again.get(next) ?? [];
    list.push({ ...call, args: call.args.with(place, addressOf(copy)) });
    again.set(next, list);
  });
  return rewrite(recorded, buffers, again, renamed);
}

// --- internal ---

function rewrite(
  { calls, inputs, phases }: Recorded,
  buffers: readonly RecordedBuffer[],
  again: ReadonlyMap<number, readonly KernelCall[]>,
  renamed: ReadonlyMap<number, { readonly from: number; readonly to: number }>,
): Recorded {
  const rewritten: Call[] = [];
  const starts: number[] = [];
  const rename = (value: number, at: number): number => {
    if (!isVirtual(value)) return value;
    const other = renamed.get(bufferAt(value));
    return other && at >= other.from ? value - addressOf(bufferAt(value)) + addressOf(other.to) : value;
  };
  calls.forEach((call, i) => {
    starts.push(rewritten.length);
    for (const earlier of again.get(i) ?? [])
      rewritten.push({ ...earlier, args: earlier.args.map((value) => rename(value, i)) });
    rewritten.push(renameCall(call, (value) => rename(value, i)));
  });
  starts.push(rewritten.length);
  return {
    ...{ buffers, calls: rewritten, inputs },
    phases: phases.map((phase) => ({ ...phase, end: starts[phase.end] })),
  };
}

function renameCall(call: Call, rename: (address: number) => number): Call {
  switch (call.kind) {
    case 'kernel':
      return { ...call, args: call.args.map(rename) };
    case 'copy':
      return { ...call, from: rename(call.from), to: rename(call.to) };
    case 'host':
      return {
        ...call,
        inputs: Object.fromEntries(
          Object.entries(call.inputs).map(([key, tensor]) => [
            key,
            { ...tensor, address: rename(tensor.address) },
          ]),
        ),
        outputs: call.outputs.map((tensor) => tensor && { ...tensor, address: rename(tensor.address) }),
      };
  }
}

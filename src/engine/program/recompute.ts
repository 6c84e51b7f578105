import {
  usesOf,
  writesOf,
  type CallList,
  type Operand,
  type ProgramBuffer,
  type ProgramCall,
} from './calls.js';

/** Calls between two uses of a result from which on it may be worth forgetting it. */
const LONG = 16;
/** What is kept alive so that a result can be computed again, as a share of the result. */
const SMALL = 1 / 8;

/**
 * A program that computes some results twice instead of keeping them from the first phase's forward to its backward
 * pass (Chen et al. 2016, "Training deep nets with sublinear memory cost"): those of cheap calls whose operands are
 * kept anyway. The numbers are the same, since the same call computes them.
 */
export function recompute<C extends ProgramCall>(list: CallList<C>): CallList<C> {
  const buffers: ProgramBuffer[] = [...list.buffers];
  const uses = usesOf(list);
  const fixed = new Set(
    list.phases.flatMap(({ outputs, assignments }) => [...outputs, ...assignments.map(({ value }) => value)]),
  );
  const assigned = new Set(
    list.phases.slice(0, 1).flatMap(({ assignments }) => assignments.map(({ variable }) => variable)),
  );
  const end = list.phases[0]?.end ?? 0;

  /** For each call, results to be computed before it, under a new name. */
  const again = new Map<number, C[]>();
  /** From which call on a buffer has another name. */
  const renamed = new Map<number, { readonly from: number; readonly to: number }>();
  list.calls.forEach((call, i) => {
    if (!call.isCheap || i >= end) return;
    const [result] = writesOf(call);
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
    if (!call.operands.every(({ buffer }) => buffer === result || isThere(buffer))) return;
    const copy = buffers.push({ kind: 'internal', bytes }) - 1;
    renamed.set(result, { from: next, to: copy });
    const list = again.get(next) ?? [];
    list.push(withBuffers(call, (buffer) => (buffer === result ? copy : buffer)));
    again.set(next, list);
  });
  return rewrite(list, buffers, again, renamed);
}

// --- internal ---

function rewrite<C extends ProgramCall>(
  { calls, inputs, phases }: CallList<C>,
  buffers: readonly ProgramBuffer[],
  again: ReadonlyMap<number, readonly C[]>,
  renamed: ReadonlyMap<number, { readonly from: number; readonly to: number }>,
): CallList<C> {
  const rewritten: C[] = [];
  const starts: number[] = [];
  calls.forEach((call, i) => {
    starts.push(rewritten.length);
    const rename = (buffer: number): number => {
      const other = renamed.get(buffer);
      return other && i >= other.from ? other.to : buffer;
    };
    for (const earlier of again.get(i) ?? []) rewritten.push(withBuffers(earlier, rename));
    rewritten.push(withBuffers(call, rename));
  });
  starts.push(rewritten.length);
  return {
    buffers,
    calls: rewritten,
    inputs,
    phases: phases.map((phase) => ({ ...phase, end: starts[phase.end] })),
  };
}

/** The same call on other buffers. */
function withBuffers<C extends ProgramCall>(call: C, rename: (buffer: number) => number): C {
  const operands = call.operands.map((operand): Operand => ({ ...operand, buffer: rename(operand.buffer) }));
  return { ...call, operands };
}

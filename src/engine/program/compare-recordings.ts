import type { ProgramBuffer, ProgramCall } from './calls.js';
import { notReplayable } from './not-replayable.js';
import type { Recording } from './record.js';

/** An engine's words for what differs between two recordings. */
export interface Wording<C extends ProgramCall> {
  /** What it calls a call. */
  readonly noun: string;
  /** How a call differs from the one in its place, if it does; `undefined`: there is none, and that need not be said. */
  difference(call: C, other: C | undefined): string | undefined;
}

/**
 * Refuses a computation of which two recordings differ: a replay would repeat the first one for ever.
 * @throws InvolveError E_NOT_REPLAYABLE with the first difference
 */
export function refuseDifference<C extends ProgramCall>(
  one: Recording<C>,
  other: Recording<C>,
  wording: Wording<C>,
): void {
  const difference = firstDifference(one, other, wording);
  if (difference === undefined) return;
  throw notReplayable(`the step is not the same every time, so it cannot be replayed: ${difference}`);
}

/** In words where two recordings of the same computation first differ; undefined when they are the same. */
export function firstDifference<C extends ProgramCall>(
  one: Recording<C>,
  other: Recording<C>,
  { noun, difference }: Wording<C>,
): string | undefined {
  const [a, b] = [one.list, other.list];
  for (const [i, call] of a.calls.entries()) {
    const differs = difference(call, b.calls[i] as C | undefined);
    if (differs !== undefined) return `${noun} ${i}, ${differs}`;
  }
  if (a.calls.length !== b.calls.length) return `${a.calls.length} ${noun}s, then ${b.calls.length}`;
  // Buffers that only one has are named by no call.
  for (const [i, buffer] of a.buffers.slice(0, b.buffers.length).entries()) {
    if (isSameBuffer(buffer, b.buffers[i])) continue;
    const user = a.calls.findIndex(({ operands }) => operands.some((operand) => operand.buffer === i));
    return `a constant has other values${user < 0 ? '' : ` (${noun} ${user}, ${a.calls[user].name})`}`;
  }
  return ends(one) === ends(other) ? undefined : 'other results or other variables are assigned';
}

// --- internal ---

function isSameBuffer(a: ProgramBuffer, b: ProgramBuffer): boolean {
  if (a.kind !== b.kind || a.bytes !== b.bytes) return false;
  if (a.kind === 'constant' && b.kind === 'constant') return a.key === b.key;
  if (a.kind === 'variable' && b.kind === 'variable') return a.variable === b.variable;
  return !(a.kind === 'tensor' && b.kind === 'tensor') || a.dataId === b.dataId;
}

function ends({ list, outputs }: Recording): string {
  const phases = list.phases.map(({ end, assignments }) => [
    end,
    assignments.map(({ variable, value }) => [variable.id, value]),
  ]);
  return JSON.stringify([outputs, phases]);
}

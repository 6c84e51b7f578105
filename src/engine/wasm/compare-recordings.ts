import type { Recording } from './record-program.js';
import { type Call, type RecordedBuffer, buffersOf } from './recorder.js';

/** In words where two recordings of the same computation first differ; undefined when they are the same. */
export function firstDifference(one: Recording, other: Recording): string | undefined {
  const [a, b] = [one.recorder, other.recorder];
  for (let i = 0; i < Math.min(a.calls.length, b.calls.length); i++) {
    const difference = callDifference(a.calls[i], b.calls[i]);
    if (difference !== undefined) return `call ${i}, ${difference}`;
  }
  if (a.calls.length !== b.calls.length) return `${a.calls.length} calls, then ${b.calls.length}`;
  for (let i = 0; i < a.buffers.length; i++) {
    if (!isSameBuffer(a.buffers[i], b.buffers[i])) {
      const user = a.calls.findIndex((call) => buffersOf(call).includes(i));
      return `a constant has other values${user < 0 ? '' : ` (call ${user}, ${name(a.calls[user])})`}`;
    }
  }
  const ends = ({ phases, outputs }: Recording): string =>
    JSON.stringify([
      outputs,
      phases.map(({ assignments, end }) => [
        end,
        assignments.map(({ variable, address }) => [variable.id, address]),
      ]),
    ]);
  return ends(one) === ends(other) ? undefined : 'other results or other variables are assigned';
}

// --- internal ---

function name(call: Call): string {
  return call.kind === 'kernel' ? call.routine.name : call.kind === 'host' ? call.name : 'copy';
}

function callDifference(a: Call, b: Call): string | undefined {
  if (name(a) !== name(b)) return `${name(a)}, then ${name(b)}`;
  if (a.kind === 'kernel' && b.kind === 'kernel') {
    if (a.items !== b.items) return `${name(a)}: ${a.items} pieces of work, then ${b.items}`;
    const i = a.args.findIndex((value, place) => !Object.is(value, b.args[place]));
    const which = a.routine.arguments[i]?.name;
    return i < 0 ? undefined : `${name(a)}, argument ${which}: ${a.args[i]}, then ${b.args[i]}`;
  }
  if (a.kind === 'host' && b.kind === 'host') {
    const text = ({ attrs, inputs, outputs }: typeof a): string => JSON.stringify([attrs, inputs, outputs]);
    return text(a) === text(b) ? undefined : `${name(a)} with other attributes or tensors`;
  }
  return undefined;
}

function isSameBuffer(a: RecordedBuffer, b: RecordedBuffer): boolean {
  if (a.kind !== b.kind || a.bytes !== b.bytes) return false;
  if (a.kind === 'constant' && b.kind === 'constant') return Buffer.compare(a.content, b.content) === 0;
  if (a.kind === 'variable' && b.kind === 'variable') return a.variable === b.variable;
  return !(a.kind === 'tensor' && b.kind === 'tensor') || a.dataId === b.dataId;
}

import type { Call, KernelCall } from './recorder.js';
import { addressOf, bufferAt, isVirtual } from './virtual-address.js';

/**
 * Whether the buffer `to` may lie where `from` lies, so that calling `call` with both writes over what it
 * reads: as the routine declares, of which `in-place.test.ts` checks each. Both begin at the same address, and `from` is
 * needed no more after the call.
 */
export function mayOverwrite(call: Call, from: (buffer: number) => boolean, to: number): boolean {
  if (call.kind !== 'kernel') return false;
  const [place, ...others] = placesOf(call, (buffer) => buffer === to);
  if (place === undefined || others.length > 0) return false;
  const { over } = call.routine.arguments[place];
  const begins = call.args[place] === addressOf(to);
  return (
    over.length > 0 && begins && placesOf(call, from).every((i) => over.includes(i) && isStart(call.args[i]))
  );
}

/** Whether `next` is declared to be the second of two passes, and `call` the first. */
export function isBefore(call: Call, next: Call): boolean {
  return call.kind === 'kernel' && next.kind === 'kernel' && call.routine.before === next.routine.name;
}

// --- internal ---

/** Places of the arguments that are addresses in the wanted buffers. */
function placesOf({ args }: KernelCall, isWanted: (buffer: number) => boolean): number[] {
  return args.flatMap((value, i) => (isVirtual(value) && isWanted(bufferAt(value)) ? [i] : []));
}

function isStart(address: number): boolean {
  return address === addressOf(bufferAt(address));
}

import type { ProgramCall } from './calls.js';

/**
 * Whether the buffer `to` may lie where those buffers lie that are `from`, so that the call writes over what it
 * reads. All begin at the same address, and what is `from` is needed no more after the call.
 */
export function mayOverwrite(
  { operands }: ProgramCall,
  from: (buffer: number) => boolean,
  to: number,
): boolean {
  const outputs = operands.filter(({ buffer }) => buffer === to);
  if (outputs.length !== 1) return false;
  const [{ over, offset }] = outputs;
  if (over === undefined || offset !== 0) return false;
  return operands.every(
    (operand, place) => !from(operand.buffer) || (over.includes(place) && operand.offset === 0),
  );
}

/**
 * Addresses that stand for buffers while a program is recorded: no real address (of 32 bits) and no size is
 * that large, so an argument of a kernel tells by its value that it is one, which buffer, and where in it.
 */
const FIRST = 2 ** 40;
const SPAN = 2 ** 32;
/** Beyond it an address would stand for the next buffer; a real memory has no more. */
export const MAX_BUFFER_BYTES = SPAN;
/** Up to here the addresses are exact integers. */
export const MAX_BUFFERS = 2 ** 20;

export function isVirtual(value: number): boolean {
  return value >= FIRST && Number.isInteger(value);
}

export function addressOf(buffer: number, offset = 0): number {
  return FIRST + buffer * SPAN + offset;
}

export function bufferAt(address: number): number {
  return Math.floor((address - FIRST) / SPAN);
}

export function offsetAt(address: number): number {
  return (address - FIRST) % SPAN;
}

/** The memory of numbers, as bytes. */
export function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Float32Array | Float64Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

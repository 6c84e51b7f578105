/** IEEE 754 binary16, little-endian, as float32: 1 sign, 5 exponent, 10 fraction bits. */
export function fromHalf(bytes: Uint8Array): Float32Array {
  return Float32Array.from(toWords(bytes), (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
}

/** bfloat16, little-endian, as float32, of which it is the upper half. */
export function fromBrainFloat(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint32Array.from(toWords(bytes), (bits) => bits << 16).buffer);
}

// --- internal ---

function toWords(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8));
}

/**
 * The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as much of it as is written and read
 * here: numbers, texts, bytes and messages in messages.
 */

/** Bytes of a message in pieces, so that large ones are not copied at every level. */
export type Pieces = readonly Uint8Array[];

/** A field that holds a whole number, of 64 bits where it is negative. */
export function numberField(field: number, value: number | bigint): Pieces {
  return [Uint8Array.from([...varint(field * 8), ...varint(value)])];
}

/** A float32. */
export function floatField(field: number, value: number): Pieces {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [Uint8Array.from(varint(field * 8 + 5)), bytes];
}

/** A float64. */
export function doubleField(field: number, value: number): Pieces {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return [Uint8Array.from(varint(field * 8 + 1)), bytes];
}

export function textField(field: number, text: string): Pieces {
  return bytesField(field, new TextEncoder().encode(text));
}

export function bytesField(field: number, bytes: Uint8Array): Pieces {
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes];
}

/** A message within a message, from its fields. */
export function messageField(field: number, fields: readonly Pieces[]): Pieces {
  const body = fields.flat();
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]), ...body];
}

/** A field as it was read: a whole number, or the bytes of a text, of bytes, or of a message. */
export interface ReadField {
  readonly field: number;
  readonly number?: bigint;
  readonly bytes?: Uint8Array;
}

/**
 * Reads a message field by field; nothing is copied.
 * @throws RangeError where the bytes are no message
 */
export function* readFields(message: Uint8Array): Generator<ReadField> {
  let at = 0;
  const readVarint = (): bigint => {
    const { value, end } = varintAt(message, at);
    at = end;
    return value;
  };
  const take = (length: bigint): Uint8Array => {
    if (length > BigInt(message.length - at)) throw new RangeError('the message ends within a field');
    const start = at;
    at += Number(length);
    return message.subarray(start, at);
  };
  while (at < message.length) {
    const tag = readVarint();
    const field = Number(tag >> 3n);
    const kind = Number(tag & 7n);
    if (field === 0) throw new RangeError('a field without a number');
    if (kind === 0) yield { field, number: readVarint() };
    else if (kind === 1) yield { field, bytes: take(8n) };
    else if (kind === 2) yield { field, bytes: take(readVarint()) };
    else if (kind === 5) yield { field, bytes: take(4n) };
    else throw new RangeError(`a field of an unknown kind ${kind}`);
  }
}

/** A field's bytes as text. */
export function readText({ bytes }: ReadField): string {
  return new TextDecoder().decode(bytes);
}

/** The whole numbers of a packed list. */
export function readPacked(bytes: Uint8Array): bigint[] {
  const numbers: bigint[] = [];
  for (let at = 0; at < bytes.length;) {
    const { value, end } = varintAt(bytes, at);
    numbers.push(value);
    at = end;
  }
  return numbers;
}

// --- internal ---

function varintAt(message: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  let at = start;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (at >= message.length) throw new RangeError('the message ends within a number');
    const byte = message[at++]!;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value, end: at };
  }
  throw new RangeError('a number of more than 64 bits');
}

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

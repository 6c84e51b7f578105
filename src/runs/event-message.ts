import {
  doubleField,
  floatField,
  messageField,
  numberField,
  textField,
  type Pieces,
} from '../util/wire/protobuf.js';

/**
 * What TensorBoard reads: a file of TFRecords, each an `Event` in protobuf's wire format. The few fields
 * that scalars need are written by hand: a protobuf library and the .proto files would be many times this.
 *
 * Event: wall_time 1 (double), step 2 (int64), file_version 3 (string), summary 5, session_log 7.
 * Summary: value 1 (repeated). Value: tag 1 (string), simple_value 2 (float). SessionLog: status 1 (enum).
 */

/** Names (`train/loss`) and values of one step. */
export type Scalars = Readonly<Record<string, number>>;

/** The first record of every file. */
export function versionEvent(seconds: number): Uint8Array {
  return record(event(seconds, 0, textField(3, 'brain.Event:2')));
}

/** Values measured when `step` steps were done. */
export function scalarEvent(seconds: number, step: number, scalars: Scalars): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    messageField(1, [textField(1, tag), floatField(2, value)]),
  );
  return record(event(seconds, step, messageField(5, values)));
}

/** A restart: readers drop what was written before for this step and all later ones. */
export function restartEvent(seconds: number, step: number): Uint8Array {
  const start = 1;
  return record(event(seconds, step, messageField(7, [numberField(1, start)])));
}

/** CRC-32C (Castagnoli), the polynomial 0x1EDC6F41 with bits reflected. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// --- internal ---

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** A TFRecord: length, its checksum, content, its checksum; all little-endian. */
function record(content: Uint8Array): Uint8Array {
  const result = Buffer.alloc(12 + content.byteLength + 4);
  result.writeBigUInt64LE(BigInt(content.byteLength), 0);
  result.writeUInt32LE(masked(crc32c(result.subarray(0, 8))), 8);
  result.set(content, 12);
  result.writeUInt32LE(masked(crc32c(content)), 12 + content.byteLength);
  return result;
}

/** TFRecord's mask, so that a checksum of data that holds checksums is no special case. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function event(seconds: number, step: number, what: Pieces): Uint8Array {
  // Zero is the default, and left out.
  const at = step === 0 ? [] : numberField(2, step);
  return Buffer.concat([...doubleField(1, seconds), ...at, ...what]);
}

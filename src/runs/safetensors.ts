import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { badInput, type InvolveError } from '../util/errors.js';
import { errorCode } from '../util/system-error.js';
import { fromBrainFloat, fromHalf } from './narrow-floats.js';

/**
 * The safetensors format: 8 bytes length of the header (little-endian), a JSON header of dtype,
 * shape and data_offsets by name, then the data without gaps. Python and PyTorch read it.
 *
 * A checksum in the metadata covers header and data: safetensors itself has none, and a bit that
 * flipped on a disk would otherwise be trained on in silence.
 */

const arrayTypes = {
  F32: Float32Array,
  I32: Int32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U8: Uint8Array,
} as const;

export type StoredDtype = keyof typeof arrayTypes;
export type StoredData = Float32Array | Int32Array | Float64Array | BigInt64Array | Uint8Array;

export interface StoredTensor {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly data: StoredData;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ReadOptions {
  /** Refuse a file without a checksum: a checkpoint of ours always has one. */
  readonly requireChecksum?: boolean;
  /** What the file is to the user, and what to do where it is damaged; a checkpoint of a run by default. */
  readonly called?: { readonly noun: string; readonly advice: string };
}

/** Narrow floating-point numbers that others store, read as float32, which holds each of them exactly. */
const widened = { F16: fromHalf, BF16: fromBrainFloat } as const;
const CHECKPOINT = {
  noun: 'checkpoint',
  advice: "use the run's other checkpoint (best or last), or a copy of this one",
};

const checksumKey = 'involve.checksum';
const noChecksum = `sha256:${'0'.repeat(64)}`;
/** The reference implementation refuses longer headers too. */
const maxHeaderBytes = 100_000_000;

/**
 * The pieces of a safetensors file in order; the data pieces are views, not copies, so the tensors
 * must not change until they are written.
 */
export function encodeSafetensors(file: TensorFile): Uint8Array[] {
  const entries = [...file.tensors].map(([name, tensor]) => ({
    name,
    tensor,
    bytes: tensorBytes(name, tensor),
  }));
  // Widest elements first keeps every tensor aligned to its element size, as the reference does.
  const inOrder = [...entries].sort(
    (a, b) => b.tensor.data.BYTES_PER_ELEMENT - a.tensor.data.BYTES_PER_ELEMENT,
  );
  const metadata = { ...file.metadata, [checksumKey]: noChecksum };
  // Put together by hand because an object would reorder names that look like numbers.
  const parts = [`"__metadata__":${JSON.stringify(metadata)}`];
  let offset = 0;
  for (const { name, tensor, bytes } of inOrder) {
    const data_offsets = [offset, (offset += bytes.byteLength)];
    const entry = { dtype: tensor.dtype, shape: tensor.shape, data_offsets };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const json = Buffer.from(`{${parts.join(',')}}`);
  const header = Buffer.alloc(8 + Math.ceil(json.byteLength / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.byteLength - 8));
  header.set(json, 8);

  const pieces = [header, ...inOrder.map(({ bytes }) => bytes)];
  header.write(checksumOf(pieces), checksumPlace(header, noChecksum));
  return pieces;
}

/**
 * Reads a safetensors file; the tensors are views on `bytes` where their alignment allows it.
 * @param name what to call the file in an error: its path
 */
export function decodeSafetensors(bytes: Uint8Array, name: string, options: ReadOptions = {}): TensorFile {
  const fail = (what: string): InvolveError => damaged(name, what, options.called);
  if (bytes.byteLength < 8) throw fail(`it is cut short: ${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes < 2 || headerBytes > maxHeaderBytes)
    throw fail('it does not start as a safetensors file does');
  const start = 8 + headerBytes;
  if (start > bytes.byteLength) {
    throw fail(`it is cut short: the header ends at byte ${start}, the file at ${bytes.byteLength}`);
  }

  const header = parseHeader(bytes.subarray(8, start), fail);
  const { metadata, entries } = header;
  // Every byte of the data belongs to exactly one tensor: sorted, each begins where the last ended.
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) throw fail(`${entry.name} overlaps another tensor or leaves a gap`);
    end = entry.end;
  }
  const have = bytes.byteLength - start;
  if (end > have) throw fail(`it is cut short: the tensors need ${end} bytes, it has ${have}`);
  if (end < have) throw fail(`${have - end} bytes follow after the last tensor`);

  const expected = metadata[checksumKey];
  if (
    expected === undefined ? options.requireChecksum : expected !== checksumOfFile(bytes, start, expected)
  ) {
    throw fail(expected === undefined ? 'it has no checksum' : 'its checksum does not match its content');
  }
  const tensors = new Map<string, StoredTensor>();
  for (const { name: tensorName, dtype, shape, begin, end: stop } of entries) {
    const own = bytes.subarray(start + begin, start + stop);
    tensors.set(
      tensorName,
      dtype in widened
        ? { dtype: 'F32', shape, data: widened[dtype as keyof typeof widened](own) }
        : { dtype: dtype as StoredDtype, shape, data: toArray(dtype as StoredDtype, own) },
    );
  }
  const rest = Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== checksumKey));
  return { tensors, metadata: rest };
}

/** Writes a safetensors file: the old one or the whole new one, never half. */
export async function writeSafetensors(path: string, file: TensorFile): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(file));
}

/** Reads a safetensors file; a damaged one is bad input. */
export async function readSafetensors(path: string, options: ReadOptions = {}): Promise<TensorFile> {
  return decodeSafetensors(await readBytes(path, options), path, options);
}

// --- internal ---

type FileDtype = StoredDtype | keyof typeof widened;
const sizes: Readonly<Record<FileDtype, number>> = {
  ...{ F16: 2, BF16: 2, F32: 4, I32: 4, F64: 8, I64: 8, U8: 1 },
};

interface Entry {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(
  bytes: Uint8Array,
  fail: (what: string) => InvolveError,
): { metadata: Record<string, string>; entries: Entry[] } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw fail('its header is not JSON');
  }
  if (!isRecord(json)) throw fail('its header is not an object');
  const { __metadata__: metadata = {}, ...rest } = json;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw fail('its metadata is not a map of strings');
  }
  const entries = Object.entries(rest).map(([name, value]) => parseEntry(name, value, fail));
  return { metadata: metadata as Record<string, string>, entries };
}

function parseEntry(name: string, value: unknown, fail: (what: string) => InvolveError): Entry {
  if (!isRecord(value)) throw fail(`the entry of ${name} is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(sizes, dtype)) {
    throw fail(`${name} has dtype ${String(dtype)}, expected one of ${Object.keys(sizes).join(', ')}`);
  }
  if (!isSizes(shape)) throw fail(`the shape of ${name} is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fail(`the offsets of ${name} are not a range`);
  }
  const [begin, end] = offsets;
  if (end - begin !== elementCount(shape) * sizes[dtype as FileDtype]) {
    throw fail(`${name} has ${end - begin} bytes, but ${dtype} [${shape.join(', ')}] needs another size`);
  }
  return { name, dtype: dtype as FileDtype, shape, begin, end };
}

function tensorBytes(name: string, { dtype, shape, data }: StoredTensor): Uint8Array {
  if (name === '__metadata__') throw new Error('Expected a tensor name other than __metadata__');
  if (!(data instanceof arrayTypes[dtype])) throw new Error(`Expected ${dtype} data for ${name}`);
  if (data.length !== elementCount(shape)) {
    throw new Error(
      `Expected data of shape [${shape.join(', ')}] for ${name} but found ${data.length} elements`,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function toArray(dtype: StoredDtype, bytes: Uint8Array): StoredData {
  const Type = arrayTypes[dtype];
  const size = Type.BYTES_PER_ELEMENT;
  // Files of other programs may hold tensors at odd offsets, which a typed array cannot view.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / size);
}

function checksumOf(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** The checksum was taken while its own place in the header held zeros. */
function checksumOfFile(bytes: Uint8Array, start: number, expected: string): string {
  const header = Buffer.from(bytes.subarray(0, start));
  const at = checksumPlace(header, expected);
  if (at < 0 || expected.length !== noChecksum.length) return '';
  header.write(noChecksum, at);
  return checksumOf([header, bytes.subarray(start)]);
}

/** Where the checksum stands in the header. Quotes in other texts are escaped, so none looks like it. */
function checksumPlace(header: Buffer, checksum: string): number {
  const before = `${JSON.stringify(checksumKey)}:"`;
  const at = header.indexOf(`${before}${checksum}"`);
  return at < 0 ? at : at + before.length;
}

async function readBytes(path: string, { called = CHECKPOINT }: ReadOptions): Promise<Uint8Array> {
  let handle;
  try {
    handle = await open(path, 'r');
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    for (let offset = 0; offset < size;) {
      const { bytesRead } = await handle.read(bytes, offset, Math.min(size - offset, 2 ** 30));
      if (bytesRead === 0) throw damaged(path, 'it shrank while it was read', called);
      offset += bytesRead;
    }
    return bytes;
  } catch (error) {
    const reasons: Record<string, string> = {
      ENOENT: 'it does not exist',
      EACCES: 'there is no permission to read it',
      EISDIR: 'it is a folder',
    };
    const reason = reasons[errorCode(error)];
    if (reason === undefined) throw error;
    const what = `cannot read the ${called.noun}: ${reason}`;
    throw badInput('E_CHECKPOINT_UNREADABLE', { what, where: path }, { cause: error });
  } finally {
    await handle?.close();
  }
}

function damaged(name: string, what: string, { noun, advice } = CHECKPOINT): InvolveError {
  return badInput('E_CHECKPOINT_DAMAGED', {
    what: `the ${noun} is damaged: ${what}`,
    where: name,
    try: advice,
  });
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

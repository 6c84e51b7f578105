import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvolveError } from '../util/errors.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type StoredTensor,
  type TensorFile,
} from './safetensors.js';

const encode = (file: TensorFile): Uint8Array => Buffer.concat(encodeSafetensors(file));
const f32 = (shape: number[], ...values: number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});

/** A file with any header, to try what others may have written. */
function raw(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json, data]);
}

function problemOf(bytes: Uint8Array, requireChecksum = false): string {
  try {
    decodeSafetensors(bytes, 'last.safetensors', { requireChecksum });
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    expect(error).toMatchObject({ code: 'E_CHECKPOINT_DAMAGED', exitCode: 2 });
    expect(error.problems[0].where).toBe('last.safetensors');
    return error.message.replace('the checkpoint is damaged: ', '');
  }
  return 'none';
}

const sample: TensorFile = {
  tensors: new Map<string, StoredTensor>([
    ['seen', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
    ['stem/kernel', f32([2, 2], 1, -2, 0.5, NaN)],
    ['step', { dtype: 'I64', shape: [], data: BigInt64Array.of(-5n) }],
    ['7', { dtype: 'I32', shape: [1], data: Int32Array.of(7) }],
    ['none', f32([0, 4])],
    ['sum', { dtype: 'F64', shape: [1, 1], data: Float64Array.of(Math.PI) }],
  ]),
  metadata: { step: '5', note: `ä "quoted" sha256:${'0'.repeat(64)}` },
};

describe('encodeSafetensors', () => {
  it('writes exactly these bytes', () => {
    const bytes = encode({ tensors: new Map([['w', f32([2], 1, 2)]]), metadata: { step: '3' } });
    // The checksum was computed by Python's hashlib over these bytes with zeros in its place.
    const header =
      '{"__metadata__":{"step":"3","involve.checksum":' +
      '"sha256:8cc5131f9e646df7b6f6bfb2c7da73628b4ec7b479ee9da8bee10a81d4f59b2f"},' +
      '"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const golden = ['b000000000000000', Buffer.from(header.padEnd(0xb0)).toString('hex'), '0000803f00000040'];
    expect(Buffer.from(bytes).toString('hex')).toBe(golden.join(''));
  });

  it('aligns every tensor to its element size', () => {
    const bytes = encode(sample);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const start = 8 + Number(view.getBigUint64(0, true));
    // The header says where each begins: eight bytes before it, and it is filled up to eights itself.
    expect(start % 8).toBe(0);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, start)).toString()) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const begins = [...sample.tensors].map(([name, { data }]) => [
      (start + header[name].data_offsets[0]) % data.BYTES_PER_ELEMENT,
      name,
    ]);
    expect(begins).toEqual([...sample.tensors.keys()].map((name) => [0, name]));
    // So all of them are read where they lie.
    const aligned = new Uint8Array(bytes);
    const { tensors } = decodeSafetensors(aligned, 'x');
    for (const [name, { data }] of tensors) expect(data.buffer, name).toBe(aligned.buffer);
  });

  it('does not copy the data', () => {
    const data = new Float32Array(1000);
    const pieces = encodeSafetensors({
      tensors: new Map([['w', { dtype: 'F32', shape: [1000], data }]]),
      metadata: {},
    });
    expect(pieces[1].buffer).toBe(data.buffer);
  });

  it('refuses tensors that do not fit their shape or type', () => {
    const of = (name: string, tensor: StoredTensor) => () =>
      encodeSafetensors({ tensors: new Map([[name, tensor]]), metadata: {} });
    expect(of('w', f32([3], 1, 2))).toThrow('Expected data of shape [3] for w but found 2 elements');
    expect(of('w', { dtype: 'I32', shape: [1], data: Float32Array.of(1) })).toThrow(
      'Expected I32 data for w',
    );
    expect(of('__metadata__', f32([]))).toThrow('Expected a tensor name other than __metadata__');
  });
});

describe('decodeSafetensors', () => {
  it('gives back what was encoded, whatever the alignment of the bytes', () => {
    const bytes = encode(sample);
    for (const shift of [0, 1, 2, 4]) {
      const moved = new Uint8Array(bytes.byteLength + shift).subarray(shift);
      moved.set(bytes);
      const { tensors, metadata } = decodeSafetensors(moved, 'x', { requireChecksum: true });
      expect(metadata).toEqual(sample.metadata);
      expect(Object.fromEntries(tensors)).toEqual(Object.fromEntries(sample.tensors));
    }
  });

  it('gives back any tensors bit for bit', () => {
    const tensor = fc
      .float32Array()
      .map((data): StoredTensor => ({ dtype: 'F32', shape: [data.length], data }));
    const names = fc.string().filter((name) => name !== '__metadata__');
    const files = fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 6 });
    fc.assert(
      fc.property(files, fc.dictionary(fc.string(), fc.string()), (entries, metadata) => {
        const { tensors, metadata: read } = decodeSafetensors(
          encode({ tensors: new Map(entries), metadata }),
          'x',
        );
        expect(read).toEqual({ ...metadata });
        expect(tensors.size).toBe(entries.length);
        for (const [name, { data }] of entries) {
          const bits = (of: StoredTensor['data']) => Buffer.from(of.buffer, of.byteOffset, of.byteLength);
          expect(bits(tensors.get(name)!.data).equals(bits(data))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds every cut and every changed byte', () => {
    const bytes = encode(sample);
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(problemOf(bytes.subarray(0, length), true)).not.toBe('none');
    }
    for (let at = 0; at < bytes.byteLength; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at] ^= 1;
      expect(problemOf(changed, true)).not.toBe('none');
    }
  });

  it('reads a file of another program, which has no checksum, unless one is asked for', () => {
    const bytes = raw({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4));
    expect(decodeSafetensors(bytes, 'x')).toEqual({ tensors: new Map([['w', f32([1], 0)]]), metadata: {} });
    expect(problemOf(bytes, true)).toBe('it has no checksum');
  });

  it.each([
    ['it is cut short: 3 bytes', new Uint8Array(3)],
    ['it does not start as a safetensors file does', Buffer.from('PK\x03\x04 a zip archive')],
    [
      'it is cut short: the header ends at byte 1008, the file at 10',
      Buffer.from('e8030000000000007b7d', 'hex'),
    ],
    ['its header is not JSON', raw('{"w":')],
    ['its header is not an object', raw('[]')],
    ['its metadata is not a map of strings', raw({ __metadata__: { step: 3 } })],
    ['the entry of w is not an object', raw({ w: 1 })],
    [
      'w has dtype F8_E4M3, expected one of F16, BF16, F32, I32, F64, I64, U8',
      raw({ w: { dtype: 'F8_E4M3', shape: [] } }),
    ],
    ['the shape of w is not a list of sizes', raw({ w: { dtype: 'F32', shape: [-1] } })],
    ['the offsets of w are not a range', raw({ w: { dtype: 'F32', shape: [], data_offsets: [4, 0] } })],
    [
      'w has 4 bytes, but F32 [2] needs another size',
      raw({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
    ],
    [
      'b overlaps another tensor or leaves a gap',
      raw(
        {
          a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
          b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
        },
        new Uint8Array(3),
      ),
    ],
    [
      'a overlaps another tensor or leaves a gap',
      raw({ a: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } }, new Uint8Array(3)),
    ],
    [
      'it is cut short: the tensors need 8 bytes, it has 5',
      raw({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, new Uint8Array(5)),
    ],
    ['3 bytes follow after the last tensor', raw({}, new Uint8Array(3))],
  ])('says: %s', (problem, bytes) => {
    expect(problemOf(bytes)).toBe(problem);
  });
});

describe('readSafetensors', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'involve-safetensors-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads what was written', async () => {
    const path = join(folder, 'last.safetensors');
    await writeSafetensors(path, sample);
    const { tensors } = await readSafetensors(path, { requireChecksum: true });
    expect(Object.fromEntries(tensors)).toEqual(Object.fromEntries(sample.tensors));
    expect(await readdir(folder)).toEqual(['last.safetensors']);
    expect(Buffer.compare(await readFile(path), encode(sample))).toBe(0);
  });

  it('writes what lies in memory shared between threads', async () => {
    const data = new Float32Array(new SharedArrayBuffer(16));
    data.set([1, 2, 3, 4]);
    const path = join(folder, 'shared.safetensors');
    await writeSafetensors(path, {
      tensors: new Map([['w', { dtype: 'F32', shape: [4], data }]]),
      metadata: {},
    });
    expect([...(await readSafetensors(path)).tensors.get('w')!.data]).toEqual([1, 2, 3, 4]);
  });

  it('says what is wrong, where, and what to do', async () => {
    const path = join(folder, 'half.safetensors');
    await writeFile(path, encode(sample).subarray(0, 300));
    await expect(readSafetensors(path)).rejects.toMatchObject({
      problems: [
        {
          what: expect.stringMatching(/^the checkpoint is damaged: it is cut short: the header ends at byte/),
          where: path,
          try: "use the run's other checkpoint (best or last), or a copy of this one",
        },
      ],
    });
    const none = join(folder, 'none.safetensors');
    await expect(readSafetensors(none)).rejects.toMatchObject({
      code: 'E_CHECKPOINT_UNREADABLE',
      exitCode: 2,
      message: 'cannot read the checkpoint: it does not exist',
    });
  });
});

describe('numbers of 16 bits', () => {
  const read = (dtype: string, ...words: number[]): number[] => {
    const data = new Uint8Array(Uint16Array.from(words).buffer);
    const header = { w: { dtype, shape: [words.length], data_offsets: [0, data.byteLength] } };
    const { tensors } = decodeSafetensors(raw(header, data), 'half.safetensors');
    expect(tensors.get('w')!.dtype).toBe('F32');
    return [...(tensors.get('w')!.data as Float32Array)];
  };

  // numpy: np.uint16(bits).view(np.float16)
  it('of IEEE 754 are read as they are', () => {
    expect(
      read('F16', 0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000, 0x3555, 0x7c00, 0xfc00, 0x7e00),
    ).toEqual([
      ...[1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, -0, 0.333251953125],
      ...[Infinity, -Infinity, NaN],
    ]);
  });

  it('of the upper half of a float32 too', () => {
    expect(read('BF16', 0x3f80, 0xc000, 0x4049, 0x0001, 0x7f80)).toEqual([
      1,
      -2,
      3.140625,
      2 ** -133,
      Infinity,
    ]);
  });
});

it('lies about offsets, shapes and sizes are told and never followed', () => {
  const tensor = fc.record({
    dtype: fc.constantFrom('F32', 'F16', 'I64', 'F8', 7),
    shape: fc.oneof(
      fc.array(fc.oneof(fc.nat(9), fc.constantFrom(-1, 1.5, 2 ** 40, 1e300))),
      fc.constant('2'),
    ),
    data_offsets: fc.array(fc.oneof(fc.nat(64), fc.constantFrom(-4, 0.5, 2 ** 53)), { maxLength: 3 }),
  });
  const header = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', '__metadata__', ''), tensor);
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 64 }), (head, data) => {
      try {
        const { tensors } = decodeSafetensors(raw(head, data), 'lies.safetensors');
        const bytes = [...tensors.values()].reduce((sum, { data: { byteLength } }) => sum + byteLength, 0);
        // What is read is there: narrow numbers take twice the bytes once they are read.
        expect(bytes).toBeLessThanOrEqual(2 * data.byteLength);
      } catch (error) {
        expect(error).toMatchObject({ code: 'E_CHECKPOINT_DAMAGED', exitCode: 2 });
      }
    }),
  );
});

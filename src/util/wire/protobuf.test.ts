import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesField,
  floatField,
  messageField,
  numberField,
  readFields,
  readPacked,
  readText,
  textField,
} from './protobuf.js';

const joined = (pieces: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(pieces));

describe('the wire format', () => {
  it('is that of the specification', () => {
    // The examples of protobuf.dev/programming-guides/encoding.
    expect([...joined(numberField(1, 150))]).toEqual([0x08, 0x96, 0x01]);
    expect([...joined(textField(2, 'testing'))]).toEqual([0x12, 0x07, ...Buffer.from('testing')]);
    expect([...joined(messageField(3, [numberField(1, 150)]))]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...joined(numberField(1, -2))]).toEqual([8, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    expect([...joined(floatField(2, 1))]).toEqual([0x15, 0, 0, 0x80, 0x3f]);
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1 << 20 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.string(),
        (field, number, text) => {
          const message = joined([
            ...numberField(field, number),
            ...textField(field, text),
            ...floatField(field, 2),
          ]);
          const [first, second, third] = [...readFields(message)];
          expect(first).toEqual({ field, number });
          expect(new TextDecoder().decode(second!.bytes)).toBe(
            new TextDecoder().decode(new TextEncoder().encode(text)),
          );
          expect(third!.bytes).toHaveLength(4);
        },
      ),
    );
  });

  it('says so of bytes that are no message, and never reads beyond them', () => {
    const read = (...bytes: number[]) => [...readFields(Uint8Array.from(bytes))];
    expect(() => read(0x08)).toThrow('the message ends within a number');
    expect(() => read(0x12, 9, 1)).toThrow('the message ends within a field');
    expect(() => read(0x0f)).toThrow('a field of an unknown kind 7');
    expect(() => read(0x00, 0)).toThrow('a field without a number');
    expect(() => read(0x08, ...new Array<number>(11).fill(255))).toThrow('a number of more than 64 bits');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          for (const { bytes: part } of readFields(bytes))
            expect(part?.length ?? 0).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  it('holds bytes as they are', () => {
    const [{ bytes }] = [...readFields(joined(bytesField(9, Uint8Array.from([0, 255, 7]))))];
    expect([...bytes!]).toEqual([0, 255, 7]);
  });

  it('has numbers packed into a list, and texts', () => {
    // The example of a packed field there: 3, 270, 86942.
    expect(readPacked(Uint8Array.from([0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]))).toEqual([3n, 270n, 86942n]);
    expect(() => readPacked(Uint8Array.from([0x8e]))).toThrow('the message ends within a number');
    const [field] = [...readFields(joined(textField(2, 'größer')))];
    expect(readText(field)).toBe('größer');
  });
});

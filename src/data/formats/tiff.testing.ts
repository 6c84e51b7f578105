/** What a TIFF of one uncompressed strip is made of. */
export interface TiffParts {
  readonly side: number;
  readonly bands: number;
  readonly bits: 8 | 12 | 16 | 32;
  /** SampleFormat: 1 unsigned, 2 signed, 3 floating-point. */
  readonly format?: number;
  /** PhotometricInterpretation: 1 grey, 2 RGB. */
  readonly photometric: number;
  /** What it says of how the strip is packed, which it is not (Compression). */
  readonly compression?: number;
  /** ExtraSamples: 0 unspecified, 1 and 2 alpha. */
  readonly extra?: readonly number[];
  /** Of a pixel, by its column. */
  readonly samples: (x: number) => readonly number[];
  readonly byteOrder?: 'II' | 'MM';
}

const lengths = { short: 2, long: 4 } as const;

/** Writes a TIFF (TIFF 6.0, section 2). */
export function tiffBytes(parts: TiffParts): Buffer {
  const {
    side,
    bands,
    bits,
    format = 1,
    photometric,
    compression = 1,
    extra,
    samples,
    byteOrder = 'II',
  } = parts;
  const little = byteOrder === 'II';
  const number = (value: number, bytes: number, float = false): Buffer => {
    const out = Buffer.alloc(bytes);
    const order = little ? 'LE' : 'BE';
    if (float) out[`writeFloat${order}`](value);
    else out[`writeUInt${order}`](value, 0, bytes);
    return out;
  };
  const data = Buffer.concat(
    Array.from({ length: side * side }, (_, i) =>
      Buffer.concat(samples(i % side).map((value) => number(value, Math.ceil(bits / 8), format === 3))),
    ),
  );
  const strip = -1;
  const tags: (readonly [tag: number, type: keyof typeof lengths, values: readonly number[]])[] = [
    [256, 'long', [side]],
    [257, 'long', [side]],
    [258, 'short', new Array<number>(bands).fill(bits)],
    [259, 'short', [compression]],
    [262, 'short', [photometric]],
    [273, 'long', [strip]],
    [277, 'short', [bands]],
    [278, 'long', [side]],
    [279, 'long', [data.length]],
    [284, 'short', [1]],
    ...(extra === undefined ? [] : [[338, 'short', extra] as const]),
    [339, 'short', new Array<number>(bands).fill(format)],
  ];
  const head = 8 + 2 + tags.length * 12 + 4;
  const later = tags.map(([, type, values]) =>
    values.length * lengths[type] > 4 ? values.length * lengths[type] : 0,
  );
  const stripAt = head + later.reduce((sum, bytes) => sum + bytes, 0);
  let at = head;
  const entries: Buffer[] = [];
  const values: Buffer[] = [];
  tags.forEach(([tag, type, all], i) => {
    const bytes = Buffer.concat(all.map((value) => number(value === strip ? stripAt : value, lengths[type])));
    const place = Buffer.alloc(4);
    if (later[i] === 0) bytes.copy(place);
    else {
      number(at, 4).copy(place);
      values.push(bytes);
      at += later[i]!;
    }
    entries.push(number(tag, 2), number(type === 'short' ? 3 : 4, 2), number(all.length, 4), place);
  });
  const header = [Buffer.from(byteOrder), number(42, 2), number(8, 4), number(tags.length, 2)];
  return Buffer.concat([...header, ...entries, Buffer.alloc(4), ...values, data]);
}

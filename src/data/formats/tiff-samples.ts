/** What a TIFF says of the samples of its first image; what it leaves out has TIFF 6.0's default. */
export interface TiffSamples {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel. */
  readonly samples: number;
  readonly bits: number;
  readonly format: 'unsigned' | 'signed' | 'float' | 'other';
  /** Of the samples, so many are the colour: 1 grey or palette, 3 red, green, blue, 4 CMYK; null: unknown. */
  readonly colours: number | null;
  /** What the first sample beyond the colour is. */
  readonly extra: 'alpha' | 'unspecified' | 'none';
  /** How its bytes are packed (Compression): 1 not at all. */
  readonly compression: number;
  /** How colours are meant (PhotometricInterpretation); null where it is not said. */
  readonly photometric: number | null;
}

const tag = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  extra: 338,
  format: 339,
} as const;

/** Bytes of a value, by its type: byte, ASCII, short, long, …, and BigTIFF's long of eight bytes. */
const widths: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

/** Of each way to mean colours (PhotometricInterpretation), how many samples it takes. */
const coloursOf: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3, 9: 3, 10: 3 };

const formats: Readonly<Record<number, TiffSamples['format']>> = {
  1: 'unsigned',
  2: 'signed',
  3: 'float',
  4: 'unsigned',
};

/** Reads the tags of a TIFF or BigTIFF (TIFF 6.0, Adobe 1992); null where the bytes are none, or damaged. */
export function tiffSamples(bytes: Buffer): TiffSamples | null {
  try {
    const tags = firstTags(bytes);
    if (tags === null) return null;
    const [width, height] = [tags.get(tag.width)?.[0], tags.get(tag.height)?.[0]];
    if (width === undefined || height === undefined) return null;
    const samples = tags.get(tag.samples)?.[0] ?? 1;
    const photometric = tags.get(tag.photometric)?.[0] ?? null;
    const colours = coloursOf[photometric ?? -1] ?? null;
    const extra = tags.get(tag.extra)?.[0];
    const isAlpha = extra === 1 || extra === 2;
    return {
      width,
      height,
      samples,
      bits: Math.max(...(tags.get(tag.bits) ?? [1])),
      format: formats[tags.get(tag.format)?.[0] ?? 1] ?? 'other',
      colours,
      extra: colours === null || samples <= colours ? 'none' : isAlpha ? 'alpha' : 'unspecified',
      compression: tags.get(tag.compression)?.[0] ?? 1,
      photometric,
    };
  } catch (error) {
    if (error instanceof RangeError) return null; // It points behind its end: the decoder says so.
    throw error;
  }
}

// --- internal ---

function firstTags(bytes: Buffer): Map<number, number[]> | null {
  const order = bytes.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return null;
  const little = order === 'II';
  const short = (at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const long = (at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const huge = (at: number): number => Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const version = short(2);
  if (version !== 42 && version !== 43) return null;
  const big = version === 43;
  const start = big ? huge(8) : long(4);
  const count = big ? huge(start) : short(start);
  const [first, step, room] = big ? [start + 8, 20, 8] : [start + 2, 12, 4];
  const readers: Readonly<Record<number, (at: number) => number>> = {
    1: (at) => bytes.readUInt8(at),
    2: short,
    4: long,
    8: huge,
  };
  const tags = new Map<number, number[]>();
  for (let i = 0; i < Math.min(count, 4096); i++) {
    const at = first + i * step;
    const width = widths[short(at + 2)];
    if (width === undefined) continue;
    const length = big ? huge(at + 4) : long(at + 4);
    const place = at + (big ? 12 : 8);
    const from = length * width <= room ? place : big ? huge(place) : long(place);
    const read = readers[width]!;
    // Nothing that is asked for has more values than there are bands.
    const values = Array.from({ length: Math.min(length, 64) }, (_, k) => from + k * width);
    if (Object.values<number>(tag).includes(short(at))) tags.set(short(at), values.map(read));
  }
  return tags;
}

/** What a JPEG says of how it is coded (ITU-T T.81, B.2.2). */
export interface JpegFrame {
  /** n of its marker SOFn: 0 baseline, 2 progressive, 3 lossless, 9 and above arithmetic, … */
  readonly process: number;
  /** Bits a sample. */
  readonly bits: number;
}

/** The frame of a JPEG; null where the bytes are none, or end before it. */
export function jpegFrame(bytes: Buffer): JpegFrame | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  for (let at = 2; at + 5 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    // Any marker may have more of its first byte before it.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker))
      return { process: marker - 0xc0, bits: bytes[at + 4]! };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

// --- internal ---

/** Among the markers of frames: tables of Huffman codes, an extension, and what arithmetic codes begin with. */
const NO_FRAMES: readonly number[] = [0xc4, 0xc8, 0xcc];

/** What every byte becomes. */
export type ToneTable = Uint8Array;

/** The table of a function of 0…255. */
export function tableOf(tone: (value: number) => number): ToneTable {
  return Uint8Array.from({ length: 256 }, (_, value) => tone(value));
}

/** Replaces every byte, in all channels alike, in place. */
export function applyTable(pixels: Uint8Array, table: ToneTable): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
}

/** Keeps the upper bits of each value. */
export function posterize(pixels: Uint8Array, bits: number): void {
  const mask = 0xff & ~(2 ** (8 - bits) - 1);
  applyTable(
    pixels,
    tableOf((value) => value & mask),
  );
}

/** Inverts the values from a threshold up. */
export function solarize(pixels: Uint8Array, threshold: number): void {
  applyTable(
    pixels,
    tableOf((value) => (value < threshold ? value : 255 - value)),
  );
}

/** The negative. */
export function invert(pixels: Uint8Array): void {
  applyTable(
    pixels,
    tableOf((value) => 255 - value),
  );
}

/** Stretches each channel so that its least value becomes 0 and its greatest 255 (Pillow's `ImageOps.autocontrast`). */
export function autoContrast(pixels: Uint8Array): void {
  byChannel(pixels, (histogram) => {
    const low = histogram.findIndex((count) => count > 0);
    const high = histogram.findLastIndex((count) => count > 0);
    if (high <= low) return undefined;
    const scale = 255 / (high - low);
    const offset = -low * scale;
    return tableOf((value) => Math.min(255, Math.max(0, Math.trunc(value * scale + offset))));
  });
}

/** Makes the values of each channel about equally frequent (Pillow's `ImageOps.equalize`). */
export function equalize(pixels: Uint8Array): void {
  byChannel(pixels, (histogram) => {
    const last = histogram.findLastIndex((count) => count > 0);
    const step = Math.floor((pixels.length / 3 - histogram[last]!) / 255);
    // A channel of one value, or of few pixels, stays as it is.
    if (step === 0) return undefined;
    let before = step >> 1;
    return tableOf((value) => {
      const level = Math.min(255, Math.floor(before / step));
      before += histogram[value]!;
      return level;
    });
  });
}

// --- internal ---

/** Gives each channel the table that follows from how often it has each value. */
function byChannel(pixels: Uint8Array, toneOf: (histogram: Uint32Array) => ToneTable | undefined): void {
  for (let channel = 0; channel < 3; channel++) {
    const histogram = new Uint32Array(256);
    for (let i = channel; i < pixels.length; i += 3) histogram[pixels[i]!]!++;
    const table = toneOf(histogram);
    if (table === undefined) continue;
    for (let i = channel; i < pixels.length; i += 3) pixels[i] = table[pixels[i]!]!;
  }
}

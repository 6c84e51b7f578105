import { oneLine } from '../util/one-line.js';
import { htmlText } from '../util/page/html-text.js';
import { stepKey } from '../util/random.js';
import { Canvas } from './augment/canvas.js';
import { drawMixing, type Mixing } from './augment/mixing/draw-mixing.js';
import { mixImages } from './augment/mixing/mix.js';
import { denormalize } from './augment/normalize.js';
import type { AugmentConfig } from './augment/options.js';
import { samplesOf } from './augment/samples.js';
import type { ImageSet } from './cache/image-set.js';
import { loadSharp } from './formats/decode-image.js';
import { classColor } from './masks/palette.js';
import { BatchAssembler } from './stream/assemble-batch.js';

export interface SheetOptions {
  readonly classes: readonly string[];
  readonly augment: AugmentConfig;
  readonly seed: number;
  /** Images of a training batch, which are mixed with each other. */
  readonly batchSize: number;
  /** How many images to show. */
  readonly count: number;
}

const gap = 6;
/** Height of a line of text. */
const line = 14;
/** Smaller images are shown enlarged by a whole number, so that pixels stay visible as they are. */
const readableSide = 96;

/** An image with one or two lines below it. */
interface Tile {
  /** size·size·3 bytes. */
  readonly pixels: Uint8Array;
  readonly caption: readonly string[];
}

/**
 * A picture of the first training batches of the first epoch as the model sees them, with the class names; below them,
 * where images are turned or their colours changed, one image under each operation alone: PNG.
 */
export async function contactSheet(set: ImageSet, options: SheetOptions): Promise<Buffer> {
  const images = await trainingTiles(set, options);
  const samples = await sampleTiles(set, options.augment);
  const scale = Math.max(1, Math.round(readableSide / set.size));
  const columns = Math.ceil(Math.sqrt(images.length * 1.6));
  const side = set.size * scale;
  // The samples begin a row of their own.
  const rows = [images, samples].map((tiles) => Math.ceil(tiles.length / columns));
  const width = gap + columns * (side + gap);
  const caption = 4 + line * Math.max(...images.map((tile) => tile.caption.length));
  const height = gap + (rows[0]! + rows[1]!) * (side + caption + gap);
  const sheet = Buffer.alloc(width * height * 3, 255);
  const texts: string[] = [];
  for (const [place, tile] of [
    ...images.map((tile, i) => [i, tile] as const),
    ...samples.map((tile, i) => [rows[0]! * columns + i, tile] as const),
  ]) {
    const left = gap + (place % columns) * (side + gap);
    const top = gap + Math.floor(place / columns) * (side + caption + gap);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const from = (Math.floor(y / scale) * set.size + Math.floor(x / scale)) * 3;
        sheet.set(tile.pixels.subarray(from, from + 3), ((top + y) * width + left + x) * 3);
      }
    }
    tile.caption.forEach((text, i) => {
      texts.push(`<text x="${left}" y="${top + side + 13 + line * i}">${captionText(text, side)}</text>`);
    });
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#222">${texts.join('')}</svg>`;
  const sharp = await loadSharp();
  return sharp(sheet, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

// --- internal ---

/** The images of the first batches, mixed as in the first steps. */
async function trainingTiles(set: ImageSet, options: SheetOptions): Promise<Tile[]> {
  const { classes, augment, seed, batchSize } = options;
  const assembler = new BatchAssembler(set, { batchSize, seed, augment, training: true });
  // Each image with a mask has two tiles.
  const each = set.readMask === undefined ? 1 : 2;
  const count = each * Math.min(options.count, set.count);
  const tiles: Tile[] = [];
  for (let step = 0; tiles.length < count; step++) {
    const { images, labels, masks } = await assembler.decodeAndAssemble(0, step);
    const mixing = drawMixing(stepKey(seed, step), augment, set.size);
    const seen = mixing === null ? images : mixImages(images, labels.length, set.size, mixing);
    const shown = denormalize(seen, augment.normalize);
    const bytes = shown.length / labels.length;
    if (masks !== undefined) {
      tiles.push(...maskedTiles(shown, masks, labels.length, classes));
      continue;
    }
    const names = Array.from(labels, (label) => classes[label]!);
    names.forEach((name, i) => {
      const pixels = shown.subarray(i * bytes, (i + 1) * bytes);
      tiles.push({
        pixels,
        caption: mixing === null ? [name] : mixedCaption(name, names.at(i - 1)!, mixing),
      });
    });
  }
  return tiles.slice(0, count);
}

/** Images, each with its mask beside it in colours, and below that the classes that have the most pixels. */
function maskedTiles(
  images: Uint8Array,
  masks: Uint8Array,
  count: number,
  classes: readonly string[],
): Tile[] {
  const pixels = masks.length / count;
  return Array.from({ length: count }, (_, i) => i).flatMap((i): Tile[] => {
    const mask = masks.subarray(i * pixels, (i + 1) * pixels);
    const counts = classes.map((name, c) => ({ name, pixels: mask.filter((label) => label === c).length }));
    const largest = counts.filter((each) => each.pixels > 0).sort((a, b) => b.pixels - a.pixels);
    const caption = [0, 1].map((place) => largest[place]?.name ?? '');
    const colors = Uint8Array.from([...mask].flatMap((label) => classColor(label)));
    return [
      { pixels: images.subarray(3 * i * pixels, 3 * (i + 1) * pixels), caption: ['', ''] },
      { pixels: colors, caption },
    ];
  });
}

/** `70 % sea`, and below it `30 % forest`. */
function mixedCaption(name: string, other: string, { share }: Mixing): string[] {
  const own = Math.round(100 * share);
  return [`${own} % ${name}`, `${100 - own} % ${other}`];
}

/** The first image of the set, as it is and under each operation. */
async function sampleTiles(set: ImageSet, augment: AugmentConfig): Promise<Tile[]> {
  const samples = samplesOf(augment, set.size);
  if (samples.length === 0) return [];
  const original = new Uint8Array(set.size * set.size * 3);
  if (set.decoding === undefined) set.read(0, original, 0);
  else await set.decoding.fetch(0, original, null);
  const shown = samples.map(({ title, apply }): Tile => {
    const canvas = new Canvas(set.size, Uint8Array.from(original));
    apply(canvas);
    return { pixels: canvas.pixels, caption: [title] };
  });
  return [{ pixels: original, caption: ['as it is'] }, ...shown];
}

/** A name as SVG text, cut to what fits below an image: XML knows no controls, and half a letter is none. */
function captionText(name: string, side: number): string {
  const fits = Math.floor(side / 7);
  const letters = [...oneLine(name)];
  return htmlText(letters.length > fits ? `${letters.slice(0, fits - 1).join('')}…` : letters.join(''));
}

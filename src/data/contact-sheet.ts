import type { AugmentConfig } from './augment/options.js';
import { BatchAssembler } from './stream/assemble-batch.js';
import { normalizationTable } from './augment/normalize.js';
import { loadSharp } from './formats/decode-image.js';
import type { ImageSet } from './cache/image-set.js';

export interface SheetOptions {
  readonly classes: readonly string[];
  readonly augment: AugmentConfig;
  readonly seed: number;
  /** How many images to show. */
  readonly count: number;
}

const gap = 6;
const caption = 18;
/** Smaller images are shown enlarged by a whole number, so that pixels stay visible as they are. */
const readableSide = 96;

/** A picture of the first training batch of the first epoch as the model sees it, with the class names: PNG. */
export async function contactSheet(set: ImageSet, options: SheetOptions): Promise<Buffer> {
  const { classes, augment, seed } = options;
  const count = Math.min(options.count, set.count);
  const plan = { batchSize: count, seed, augment, training: true };
  const { images, labels } = await new BatchAssembler(set, plan).decodeAndAssemble(0, 0);
  const scale = Math.max(1, Math.round(readableSide / set.size));
  const side = set.size * scale;
  const columns = Math.ceil(Math.sqrt(count * 1.6));
  const rows = Math.ceil(count / columns);
  const width = gap + columns * (side + gap);
  const height = gap + rows * (side + caption + gap);
  const sheet = Buffer.alloc(width * height * 3, 255);
  const shown = toBytes(images, augment.normalize);
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const left = gap + (i % columns) * (side + gap);
    const top = gap + Math.floor(i / columns) * (side + caption + gap);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const from = ((i * set.size + Math.floor(y / scale)) * set.size + Math.floor(x / scale)) * 3;
        shown.copy(sheet, ((top + y) * width + left + x) * 3, from, from + 3);
      }
    }
    texts.push(`<text x="${left}" y="${top + side + 13}">${escape(classes[labels[i]!]!, side)}</text>`);
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#222">${texts.join('')}</svg>`;
  const sharp = await loadSharp();
  return sharp(sheet, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

/** Undoes the normalisation, which is increasing in every channel. */
function toBytes(images: Float32Array, normalization: AugmentConfig['normalize']): Buffer {
  const table = normalizationTable(normalization);
  const bytes = Buffer.alloc(images.length);
  for (let i = 0; i < images.length; i++) {
    const low = table[(i % 3) * 256]!;
    const high = table[(i % 3) * 256 + 255]!;
    bytes[i] = Math.round((255 * (images[i]! - low)) / (high - low));
  }
  return bytes;
}

/** A name as SVG text, cut to what fits below an image. */
function escape(name: string, side: number): string {
  const fits = Math.floor(side / 7);
  const cut = name.length > fits ? `${name.slice(0, fits - 1)}…` : name;
  return cut.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
}

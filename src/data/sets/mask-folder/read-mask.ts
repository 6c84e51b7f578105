import { readFile } from 'node:fs/promises';
import { decode, type DecodedPng } from 'fast-png';
import type { NativeMask } from '../../masks/fit-mask.js';
import { uprightSize } from '../../formats/decode-image.js';
import { fileKind } from '../../formats/file-kind.js';
import { isOfRights, refusalOf } from '../../read-problem.js';
import { BadImageError } from '../../source.js';
import type { LabelMap } from './label-map.js';

/** More numbers than this that mean nothing are no slip of a pen. */
const PHOTOGRAPH = 32;

/**
 * The labels of a mask: the grey values of a PNG, or the places of its pixels in its palette, whatever the colours are.
 * @throws BadImageError for another size than the image's, a number that means nothing, what is no mask, and where the
 * image itself is none
 */
export async function readMask(
  path: string,
  image: string,
  { classes, classOf }: LabelMap,
): Promise<NativeMask> {
  const png = decoded(await contentOf(path), path);
  const { width, height } = png;
  const numbers = numbersOf(png, path);
  const size = await uprightSize(image);
  if (size.width !== width || size.height !== height) {
    throw new BadImageError(
      `its mask is of another size: ${width}×${height}, and the image is ${size.width}×${size.height} (${path})`,
    );
  }
  const labels = new Uint8Array(width * height);
  const unknown = new Map<number, number>();
  numbers.forEach((number, p) => {
    const label = number < 256 ? classOf[number]! : -1;
    if (label >= 0) labels[p] = label;
    else if (!unknown.has(number)) unknown.set(number, p);
  });
  if (unknown.size === 0) return { width, height, labels };
  const [[number, at]] = [...unknown] as [[number, number]];
  if (unknown.size > PHOTOGRAPH) {
    throw new BadImageError(
      `its mask looks like a photograph: ${unknown.size} of its grey values are no label of the ${classes.length} classes (${path})`,
    );
  }
  const place = `column ${at % width}, row ${Math.floor(at / width)}`;
  const others = unknown.size === 1 ? '' : `, and ${unknown.size - 1} other numbers`;
  throw new BadImageError(
    `its mask has a label outside of the ${classes.length} classes: ${number} at ${place}${others} (${path})`,
  );
}

// --- internal ---

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    throw new BadImageError(`its mask cannot be read: ${refusal} (${path})`, {
      cause: error,
      passing: isOfRights(error),
    });
  }
}

function decoded(bytes: Buffer, path: string): DecodedPng {
  try {
    return decode(bytes);
  } catch (error) {
    const kind = fileKind(bytes, path) ?? 'damaged, or no PNG';
    throw new BadImageError(`its mask cannot be read: ${kind}`, { cause: error });
  }
}

/** The number of each pixel. */
function numbersOf({ width, height, data, depth, channels, palette }: DecodedPng, path: string): Uint16Array {
  if (channels !== 1 && palette === undefined) {
    const colors = new Set<number>();
    for (let i = 0; i < data.length && colors.size <= 256; i += channels) {
      colors.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
    }
    throw new BadImageError(
      colors.size > 256
        ? `its mask is a photograph: more than 256 colours, where each pixel should have the number of a class (${path})`
        : `its mask has ${colors.size} colours and no numbers of classes: a PNG with a palette or in grey is needed (${path})`,
    );
  }
  if (depth >= 8) return Uint16Array.from(data);
  // Several pixels a byte, the first in the highest bits; each row begins a byte.
  const perByte = 8 / depth;
  const rowBytes = Math.ceil(width / perByte);
  const numbers = new Uint16Array(width * height);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const byte = data[y * rowBytes + Math.floor(x / perByte)]!;
      numbers[p] = (byte >> (8 - depth * ((x % perByte) + 1))) & ((1 << depth) - 1);
    }
  }
  return numbers;
}

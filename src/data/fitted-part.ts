import { centreBox, cutOut, type Fit } from './fit.js';
import { decodeFitted } from './formats/decode-fitted.js';
import type { SourcePart } from './source.js';

/** A part whose `read` gives its images as a fit says; of `squeeze` it is the part as it is. */
export function fittedPart(part: SourcePart, fit: Fit): SourcePart {
  if (fit.kind === 'squeeze') return part;
  return {
    count: part.count,
    labels: part.labels,
    name: (index) => part.name(index),
    stamp: (index) => part.stamp(index),
    mask: part.mask && ((index, size, _fit, out) => part.mask!(index, size, fit, out)),
    async read(index, size, out, remark) {
      if (part.encoded === undefined) return readSquare(part, index, fit, size, out, remark);
      const image = await part.encoded(index);
      for (const text of await decodeFitted(image, fit, size, out)) remark?.(text);
    },
  };
}

/** Whether the images of a part are raw and square: there is nothing around the square to crop or to pad. */
export function isOfSquares(part: SourcePart): boolean {
  return part.encoded === undefined;
}

// --- internal ---

/** A square fills the square; the centre is cut out of a larger one. */
async function readSquare(
  part: SourcePart,
  index: number,
  fit: Fit,
  size: number,
  out: Uint8Array,
  remark: ((text: string) => void) | undefined,
): Promise<void> {
  if (fit.kind !== 'crop') return part.read(index, size, out, remark);
  const { side } = fit;
  const larger = new Uint8Array(side * side * 3);
  await part.read(index, side, larger, remark);
  cutOut(larger, side, centreBox({ width: side, height: side }, size), out);
}

import type { FileReader } from './format.js';

/** Some images, and what the run makes of them. */
export interface ComparedBatch {
  /** uint8 RGB, [count, size, size, 3]. */
  readonly pixels: Uint8Array;
  readonly count: number;
  /** [count, classes], or [count, size, size, classes]. */
  readonly logits: Float32Array;
}

/** How near a file is to the run that it was made of. */
export interface Agreement {
  readonly images: number;
  /** Between two logits of one image and class; not a number where one of them is none. */
  readonly largestDifference: number;
  /** Of the run, without its sign. */
  readonly largestLogit: number;
  /** Images, or pixels of them, that have a class each. */
  readonly answers: number;
  /** Those of them whose most likely class is the same. */
  readonly sameTop1: number;
}

/**
 * Has a file read the images of the batches.
 * @param classes how many of the logits belong to one answer
 */
export async function compareLogits(
  batches: AsyncIterable<ComparedBatch>,
  reader: FileReader,
  classes: number,
): Promise<Agreement> {
  let [images, answers, largestDifference, largestLogit, sameTop1] = [0, 0, 0, 0, 0];
  for await (const { pixels, count, logits } of batches) {
    const others = await reader.logits(pixels, count);
    if (others.length !== logits.length) {
      throw new Error(`${reader.description} gave ${others.length} numbers in the place of ${logits.length}`);
    }
    logits.forEach((logit, i) => {
      // Math.max hands on what is not a number.
      largestDifference = Math.max(largestDifference, Math.abs(logit - others[i]));
      largestLogit = Math.max(largestLogit, Math.abs(logit));
    });
    const rows = logits.length / classes;
    for (let i = 0; i < rows; i++) {
      const of = (values: Float32Array): number => highest(values.subarray(i * classes, (i + 1) * classes));
      if (of(logits) === of(others)) sameTop1++;
    }
    images += count;
    answers += rows;
  }
  return { images, answers, largestDifference, largestLogit, sameTop1 };
}

// --- internal ---

function highest(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

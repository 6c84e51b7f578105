import type { Task } from '../../tasks/task.js';
import type { Predictor } from '../../train/predictor.js';

/** Asks a predictor about each image and about its mirror image, and takes what both come to. */
export function withFlips(predictor: Predictor, task: Pick<Task, 'mean'>): Predictor {
  return {
    outputs: async (images, count, size) => {
      const plain = await predictor.outputs(images, count, size);
      return task.mean([plain, await predictor.outputs(mirrored(images, size), count, size)]);
    },
    dispose: () => predictor.dispose(),
  };
}

/** Images [count, size, size, 3] with left and right changed. */
export function mirrored(images: Float32Array, size: number): Float32Array {
  const out = new Float32Array(images.length);
  for (let row = 0; row < images.length; row += size * 3) {
    for (let x = 0; x < size; x++) {
      const from = row + (size - 1 - x) * 3;
      out.set(images.subarray(from, from + 3), row + x * 3);
    }
  }
  return out;
}

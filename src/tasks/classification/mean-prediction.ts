/**
 * The logits of the mean of several predictions' probabilities (deep ensembles, Lakshminarayanan et al. 2017, section
 * 2.4): the logarithm of the mean of their softmaxes, image by image.
 * @param predictions logits [count, classes] of each
 */
export function meanPrediction(predictions: readonly Float32Array[], classes: number): Float32Array {
  const out = new Float32Array(predictions[0].length);
  for (let start = 0; start < out.length; start += classes) {
    const logs = predictions.map((all) => logSoftmax(all.subarray(start, start + classes)));
    for (let c = 0; c < classes; c++) {
      const own = logs.map((each) => each[c]);
      const highest = Math.max(...own);
      const sum = own.reduce((total, log) => total + Math.exp(log - highest), 0);
      out[start + c] = highest + Math.log(sum / own.length);
    }
  }
  return out;
}

// --- internal ---

function logSoftmax(logits: Float32Array): number[] {
  const highest = Math.max(...logits);
  const log = Math.log(logits.reduce((sum, z) => sum + Math.exp(z - highest), 0));
  return Array.from(logits, (z) => z - highest - log);
}

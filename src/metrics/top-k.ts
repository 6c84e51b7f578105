/**
 * How many classes stand before the label when classes are ordered by falling logit; 0 is a top-1 hit.
 *
 * Ties: the class with the lower index stands first, so a model that gives every class the same logit
 * scores as one that always says class 0, not 100 %. A logit that is not a number stands before every
 * other, and a label whose own logit is not one is never a hit.
 */
export function rankOfLabel(logits: ArrayLike<number>, classes: number, row: number, label: number): number {
  const start = row * classes;
  const own = logits[start + label];
  if (Number.isNaN(own)) return Infinity;
  let rank = 0;
  for (let c = 0; c < classes; c++) {
    const other = logits[start + c];
    if (!(other <= own) || (other === own && c < label)) rank++;
  }
  return rank;
}

/**
 * How many labels are among the k highest logits of their row, for each k. With k ≥ classes every
 * label is, unless its logit is not a number.
 *
 * @param logits rows × classes, row by row; probabilities do as well
 */
export function countTopK(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  ks: readonly number[],
): number[] {
  if (logits.length !== labels.length * classes) {
    throw new Error(`Expected ${labels.length} × ${classes} logits but found ${logits.length}`);
  }
  const hits = ks.map(() => 0);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(`Expected a label from 0 to ${classes - 1} but found ${label}`);
    }
    const rank = rankOfLabel(logits, classes, row, label);
    ks.forEach((k, index) => {
      if (rank < k) hits[index]++;
    });
  }
  return hits;
}

/** The class of the highest logit of a row, the lower index on a tie; −1 if a logit is not a number. */
export function predictedClass(logits: ArrayLike<number>, classes: number, row: number): number {
  const start = row * classes;
  let best = 0;
  for (let c = 0; c < classes; c++) {
    const logit = logits[start + c];
    if (Number.isNaN(logit)) return -1;
    if (logit > logits[start + best]) best = c;
  }
  return best;
}

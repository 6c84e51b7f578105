// A random share of the changes that StrykerJS could make, and what the share says of all of them.
import { createHash } from 'node:crypto';

/**
 * Whether a change belongs to the sample: a hash of the seed and of what is changed to what, so the same code has the same
 * sample, whatever else is tried with it. Each change is as likely as any other.
 * @param change.location counted from 1, as in StrykerJS's reports
 */
export function isDrawn({ file, location, mutatorName, replacement }, { share, seed }) {
  const { start, end } = location;
  const words = [seed, file, start.line, start.column, end.line, end.column, mutatorName, replacement];
  const hash = createHash('sha256').update(JSON.stringify(words)).digest();
  return hash.readUInt32BE(0) / 2 ** 32 < share;
}

/**
 * The 95 % interval of a share of which `hits` of `count` were seen: Wilson's, which holds for few and for shares near 1
 * (E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, 1927).
 */
export function wilsonInterval(hits, count) {
  if (count === 0) return [0, 1];
  const z = 1.959964;
  const p = hits / count;
  const middle = p + z ** 2 / (2 * count);
  const half = z * Math.sqrt((p * (1 - p)) / count + z ** 2 / (4 * count ** 2));
  const whole = 1 + z ** 2 / count;
  return [Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole)];
}

import { isScalar, type Pair } from 'yaml';

/**
 * What was meant by a pair within braces that is the rest of a number with a decimal comma: YAML reads
 * `{learningRate: 1,5}` as a key "learningRate" with the value 1, and a key "5" without any.
 *
 * @param before the pair before it
 * @returns the whole, as YAML wants it, `learningRate: 1.5`; undefined for any other pair
 */
export function decimalComma(before: Pair | undefined, pair: Pair): string | undefined {
  if (before === undefined || pair.value !== null) return undefined;
  const [key, whole, rest] = [before.key, before.value, pair.key].map((each) =>
    isScalar(each) ? (each.source ?? '') : '',
  );
  const isSplit = /^[-+]?\d+$/.test(whole) && /^\d+(e[-+]?\d+)?$/i.test(rest);
  return isSplit ? `${key.slice(0, 40)}: ${whole}.${rest}` : undefined;
}

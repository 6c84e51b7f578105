/** A place along an axis, and how much of it is taken. */
export type Share = readonly [place: number, weight: number];

/** What a place of a resized axis is made of: those that lie around it, or all that it stands for. */
export type ResizeRule = 'bilinear' | 'mean';

/** What each of `to` places along an axis of `from` is made of. */
export function resizeShares(from: number, to: number, rule: ResizeRule): Share[][] {
  return Array.from({ length: to }, (_, i) =>
    rule === 'bilinear' ? aroundOf(i, from, to) : binOf(i, from, to),
  );
}

/** The same seen from the `from` places: what each is a part of, and how much it gives. */
export function adjointShares(shares: readonly (readonly Share[])[], from: number): Share[][] {
  const lists = Array.from({ length: from }, (): Share[] => []);
  shares.forEach((parts, i) => {
    for (const [place, weight] of parts) lists[place].push([i, weight]);
  });
  return lists;
}

/** What each of `to` places takes of each of `from`, as a matrix [to, from], or turned [from, to]. */
export function shareMatrix(from: number, to: number, rule: ResizeRule, isTurned = false): Float32Array {
  const shares = new Float32Array(from * to);
  resizeShares(from, to, rule).forEach((parts, i) => {
    for (const [place, weight] of parts) shares[isTurned ? place * to + i : i * from + place] = weight;
  });
  return shares;
}

// --- internal ---

/**
 * Half-pixel centres, the border repeated, as PyTorch's `interpolate(mode='bilinear', align_corners=False)`, without a low
 * pass where the axis gets shorter.
 */
function aroundOf(i: number, from: number, to: number): Share[] {
  const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const first = Math.floor(at);
  const rest = at - first;
  return rest === 0 ? [[first, 1]] : [[first, 1 - rest], [first + 1, rest]]; // prettier-ignore
}

/**
 * The places ⌊i·from/to⌋ … ⌈(i+1)·from/to⌉ − 1, all alike, as PyTorch's `adaptive_avg_pool2d`: bins share a place where the
 * lengths do not divide, and none is empty, of a shorter axis neither.
 */
function binOf(i: number, from: number, to: number): Share[] {
  const [first, end] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
  return Array.from({ length: end - first }, (_, k): Share => [first + k, 1 / (end - first)]);
}

/** A place along an axis, and how much of it is taken. */
export type Share = readonly [place: number, weight: number];

/**
 * What each of `to` places along an axis of `from` is made of: half-pixel centres, the border repeated, as PyTorch's
 * `interpolate(mode='bilinear', align_corners=False)`, without a low pass where the axis gets shorter.
 */
export function bilinearShares(from: number, to: number): Share[][] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const first = Math.floor(at);
    const rest = at - first;
    return rest === 0 ? [[first, 1]] : [[first, 1 - rest], [first + 1, rest]]; // prettier-ignore
  });
}

/** The same seen from the `from` places: what each is a part of, and how much it gives. */
export function adjointShares(shares: readonly (readonly Share[])[], from: number): Share[][] {
  const lists = Array.from({ length: from }, (): Share[] => []);
  shares.forEach((parts, i) => {
    for (const [place, weight] of parts) lists[place].push([i, weight]);
  });
  return lists;
}

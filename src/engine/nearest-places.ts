/** For each of `to` places along an axis the nearest of `from`, as tf.js's ResizeNearestNeighbor rounds. */
export function nearestPlaces(
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: { readonly alignCorners: boolean; readonly halfPixelCenters: boolean },
): number[] {
  const shrink = alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - shrink) / (to - shrink);
  return Array.from({ length: to }, (_, i) => {
    const place = ratio * (halfPixelCenters ? i + 0.5 : i);
    return Math.min(from - 1, alignCorners ? Math.round(place) : Math.floor(place));
  });
}

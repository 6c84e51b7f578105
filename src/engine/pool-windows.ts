import type { backend_util } from './tf-core.js';

/** How many places of each window of a pool lie inside the image, row by row [OH·OW]; undefined where all do. */
export function placesInside(info: backend_util.Conv2DInfo): number[] | undefined {
  const inside = (start: number, size: number, length: number): number =>
    Math.min(length, start + size) - Math.max(0, start);
  const rows = Array.from({ length: info.outHeight }, (_, i) =>
    inside(i * info.strideHeight - info.padInfo.top, info.filterHeight, info.inHeight),
  );
  const columns = Array.from({ length: info.outWidth }, (_, i) =>
    inside(i * info.strideWidth - info.padInfo.left, info.filterWidth, info.inWidth),
  );
  const places = rows.flatMap((row) => columns.map((column) => row * column));
  return places.every((count) => count === info.filterHeight * info.filterWidth) ? undefined : places;
}

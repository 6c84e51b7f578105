/** Sizes of objects, which are connected parts of a mask. */
export const OBJECT_SIZES = ['small', 'medium', 'large'] as const;

export type ObjectSize = (typeof OBJECT_SIZES)[number];

/** Shares of the image: below the first an object is small, from the second on it is large. */
export const SIZE_LIMITS = [0.01, 0.1] as const;

/** The size of a connected part, by its share of the image. */
export function objectSize(share: number): ObjectSize {
  if (share < SIZE_LIMITS[0]) return 'small';
  return share < SIZE_LIMITS[1] ? 'medium' : 'large';
}

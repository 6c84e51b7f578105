/**
 * Where an output pixel comes from: (x, y) from (a·x + b·y + c, d·x + e·y + f), as [a, b, c, d, e, f]. Coordinates
 * are of pixel centres, ½ more than the pixel's index.
 */
export type Affine = readonly [number, number, number, number, number, number];

import { IGNORED } from '../../data/target.js';

/**
 * How large the connected part is that each pixel of a mask lies in: pixels of one label that are joined by their sides
 * (4-connected). 0 for pixels that count for nothing.
 * @param labels height·width labels
 */
export function partSizes(labels: ArrayLike<number>, width: number): Uint32Array {
  const sizes = new Uint32Array(labels.length);
  const part: number[] = [];
  for (let start = 0; start < labels.length; start++) {
    const label = labels[start];
    if (label === IGNORED || sizes[start] > 0) continue;
    part.length = 0;
    part.push(start);
    // Any size above 0 says that a pixel was met; the right one follows when the whole part is known.
    sizes[start] = 1;
    const meet = (at: number): void => {
      if (labels[at] !== label || sizes[at] > 0) return;
      sizes[at] = 1;
      part.push(at);
    };
    for (let next = 0; next < part.length; next++) {
      const at = part[next];
      const column = at % width;
      if (column > 0) meet(at - 1);
      if (column < width - 1) meet(at + 1);
      if (at >= width) meet(at - width);
      if (at + width < labels.length) meet(at + width);
    }
    for (const at of part) sizes[at] = part.length;
  }
  return sizes;
}

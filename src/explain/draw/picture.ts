/** RGB pixels, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export function blank(width: number, height: number, level = 255): Picture {
  return { width, height, pixels: new Uint8Array(width * height * 3).fill(level) };
}

/** A colour at each place of a picture. */
export function paint(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => readonly [number, number, number],
): Picture {
  const picture = blank(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) picture.pixels.set(colourAt(x, y), (y * width + x) * 3);
  }
  return picture;
}

/** Every pixel repeated so many times in both directions. */
export function enlarged({ width, height, pixels }: Picture, times: number): Picture {
  if (times === 1) return { width, height, pixels };
  return paint(width * times, height * times, (x, y) => {
    const from = (Math.floor(y / times) * width + Math.floor(x / times)) * 3;
    return [pixels[from]!, pixels[from + 1]!, pixels[from + 2]!];
  });
}

/** Puts one picture into another, which it must fit into. */
export function place(target: Picture, { width, height, pixels }: Picture, left: number, top: number): void {
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * width * 3, (y + 1) * width * 3);
    target.pixels.set(row, ((top + y) * target.width + left) * 3);
  }
}

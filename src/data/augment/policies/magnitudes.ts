/** Numbers from `start` to `end` in equal steps, in the 32 bits of PyTorch's `linspace` (each rounded once). */
export function linspace(start: number, end: number, count: number): number[] {
  const { fround } = Math;
  const [first, last] = [fround(start), fround(end)];
  const step = fround((last - first) / (count - 1));
  const half = Math.floor(count / 2);
  // Each half is counted from its own end, so that both ends are met exactly.
  return Array.from({ length: count }, (_, i) =>
    fround(i < half ? first + step * i : last - step * (count - 1 - i)),
  );
}

/** Bits that posterizing leaves, from 8 down by `range` in the steps of the other magnitudes. */
export function posterizeBits(range: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 8 - halfToEven(Math.fround(i / ((count - 1) / range))));
}

// --- internal ---

function halfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

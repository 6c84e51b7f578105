/** Bytes as `1.5 GB` (10⁹). */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

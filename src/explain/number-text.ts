/** Three digits: `−0.307`, `1.2e+30`. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const text = size < 1e5 ? String(Number(size.toPrecision(3))) : size.toExponential(1);
  return value < 0 ? `−${text}` : text;
}

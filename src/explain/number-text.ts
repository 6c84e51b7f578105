import { rangeOf, type HeatMap } from './heat-map.js';

/** Three digits: `−0.307`, `1.2e+30`. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const text = size < 1e5 ? String(Number(size.toPrecision(3))) : size.toExponential(1);
  return value < 0 ? `−${text}` : text;
}

/** `4×4`. */
export function sizeText({ height, width }: { readonly height: number; readonly width: number }): string {
  return `${height}×${width}`;
}

/** From the least to the most of a map's numbers. */
export function rangeText(heat: Pick<HeatMap, 'values'>): string {
  const [least, most] = rangeOf(heat);
  return `${numberText(least)} to ${numberText(most)}`;
}

import type { Octave } from '../operators/octconv/octave.js';
import type { FeatureMap } from './features.js';

/** The parts of an octave feature map as maps of their own: `<name>` the high one, `<name>/low` at twice the stride. */
export function octaveMaps({ high, low }: Octave, name: string, stride: number): FeatureMap[] {
  return [
    ...(high ? [{ name, stride, node: high }] : []),
    ...(low ? [{ name: `${name}/low`, stride: 2 * stride, node: low }] : []),
  ];
}

import { linspace, posterizeBits } from './magnitudes.js';
import type { OperationName } from './operations.js';

/** Magnitudes of each operation that a policy draws from, from the weakest to the strongest; none: it has no magnitude. */
export type Space = ReadonlyMap<OperationName, readonly number[]>;

/** Greatest magnitudes; translations in pixels. */
interface Reach {
  readonly shear: number;
  readonly translate: number;
  /** Degrees. */
  readonly rotate: number;
  /** Of brightness, colour, contrast and sharpness. */
  readonly enhance: number;
  /** Bits that are lost. */
  readonly posterize: number;
}

/** The space of AutoAugment and RandAugment for images of a size; Invert is AutoAugment's alone, Identity RandAugment's. */
export function cubukSpace(bins: number, size: number, extra: 'identity' | 'invert'): Space {
  const translate = (150 / 331) * size;
  return spaceOf(bins, { shear: 0.3, translate, rotate: 30, enhance: 0.9, posterize: 4 }, extra);
}

/** The wide space of TrivialAugment, whose translations do not depend on the size (Müller and Hutter 2021, table 1). */
export function wideSpace(bins: number): Space {
  return spaceOf(bins, { shear: 0.99, translate: 32, rotate: 135, enhance: 0.99, posterize: 6 }, 'identity');
}

// --- internal ---

function spaceOf(bins: number, reach: Reach, extra: 'identity' | 'invert'): Space {
  const upTo = (end: number): number[] => linspace(0, end, bins);
  const enhance = upTo(reach.enhance);
  return new Map<OperationName, readonly number[]>([
    ...(extra === 'identity' ? [['identity', []] as const] : []),
    ['shearX', upTo(reach.shear)],
    ['shearY', upTo(reach.shear)],
    ['translateX', upTo(reach.translate)],
    ['translateY', upTo(reach.translate)],
    ['rotate', upTo(reach.rotate)],
    ['brightness', enhance],
    ['color', enhance],
    ['contrast', enhance],
    ['sharpness', enhance],
    ['posterize', posterizeBits(reach.posterize, bins)],
    ['solarize', linspace(255, 0, bins)],
    ['autoContrast', []],
    ['equalize', []],
    ...(extra === 'invert' ? [['invert', []] as const] : []),
  ]);
}

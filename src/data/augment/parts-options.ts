import { z } from 'zod';

/** Values that several augmentations are told alike. */

export const interpolation = z.enum(['nearest', 'bilinear']).default('nearest');

const byte = z.int().min(0).max(255);
/** A colour before normalisation: one value for all channels, or red, green and blue. */
export const fill = z.union([byte, z.tuple([byte, byte, byte])]).default(0);

import type { TrainedModel } from '../format.js';
import type { Metadata } from './model-file.js';

/** Texts that a file brings: JSON, so that any name of a class is one. */
export function metadataOf(model: TrainedModel): Metadata {
  const { classes, preprocessing, origin, name } = model;
  const { inputSize, resize, cropFraction } = preprocessing;
  return {
    involve: FORMAT,
    name,
    classes: JSON.stringify(classes),
    preprocessing: JSON.stringify({ inputSize, resize, ...(resize === 'crop' ? { cropFraction } : {}) }),
    origin: JSON.stringify(origin),
  };
}

/** Version of the texts and the ports. */
export const FORMAT = '1';

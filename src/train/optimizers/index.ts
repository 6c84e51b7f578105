import { adam } from './adam.js';
import { lion } from './lion.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

/** Every optimizer. */
export const optimizers = [adam, sgd, rmsprop, lion] as const;

import { adam } from './adam.js';
import { lamb } from './lamb.js';
import { lion } from './lion.js';
import { muon } from './muon.js';
import { rmsprop } from './rmsprop.js';
import { sgd } from './sgd.js';

/** Every optimizer. */
export const optimizers = [adam, sgd, rmsprop, lion, lamb, muon] as const;

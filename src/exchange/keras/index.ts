import type { ModelConfig } from '../../models/options.js';
import type { ForeignNames } from '../foreign-names.js';
import { efficientnet } from './efficientnet.js';
import { xception } from './xception.js';

const families: { readonly [F in ModelConfig['family']]?: ForeignNames } = { efficientnet, xception };

/** Keras's names for the weights of a network; undefined where it has none of the kind. */
export function kerasNamesOf({ family }: ModelConfig): ForeignNames | undefined {
  return families[family];
}

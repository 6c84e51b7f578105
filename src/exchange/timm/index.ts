import type { ModelConfig } from '../../models/options.js';
import type { ForeignNames } from '../foreign-names.js';
import { efficientnet } from './efficientnet.js';
import { inceptionV3 } from './inception-v3.js';
import { resnet } from './resnet.js';
import { xception } from './xception.js';

/** What timm and torchvision call the weights of our families; a line a family that they have. */
const families: { readonly [F in ModelConfig['family']]?: ForeignNames } = {
  efficientnet,
  resnet,
  xception,
  'inception-v3': inceptionV3,
};

/** timm's names for the weights of a network; undefined where it has none of the kind. */
export function timmNames({ family }: ModelConfig): ForeignNames | undefined {
  return families[family];
}

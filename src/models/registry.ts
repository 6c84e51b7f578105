import type { ModelConfig } from './options.js';
import { Blueprint } from '../layers/blueprint.js';
import type { Features } from './features.js';
import { axialResNet } from './axial-resnet/network.js';
import { efficientnet } from './efficientnet/network.js';
import { inceptionV3 } from './inception-v3/network.js';
import { octconvArticle } from './octconv-article/network.js';
import { rednet } from './rednet/network.js';
import { resnet } from './resnet/network.js';
import { wideResNet } from './wide-resnet/network.js';
import { xception } from './xception/network.js';
import { san } from './san/network.js';
import { lrNet } from './lr-net/network.js';
import { sasaResnet } from './sasa-resnet/network.js';

/** Builds the layers of each family; one line a family. */
type Family = ModelConfig['family'];
type Designer<F extends Family> = (
  net: Blueprint,
  config: Extract<ModelConfig, { readonly family: F }>,
) => Features;
const families: { readonly [F in Family]: Designer<F> } = {
  efficientnet,
  rednet,
  resnet,
  'octconv-article': octconvArticle,
  'wide-resnet': wideResNet,
  xception,
  'inception-v3': inceptionV3,
  san,
  'axial-resnet': axialResNet,
  'lr-net': lrNet,
  'sasa-resnet': sasaResnet,
};

/** A network without a head: what it is made of, and what it makes of an image. */
export interface Network {
  readonly net: Blueprint;
  readonly features: Features;
}

/**
 * The network of a config as a blueprint: layers and shapes, no weights yet.
 * @param inputSize height and width of the images
 * @throws InvolveError when options do not fit together
 */
export function designFeatures(config: ModelConfig, inputSize: number): Network {
  const net = new Blueprint([inputSize, inputSize, 3]);
  // Each designer takes the config of its own family, which TypeScript cannot see through the lookup.
  return { net, features: (families[config.family] as Designer<Family>)(net, config) };
}

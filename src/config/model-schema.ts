import { z } from 'zod';
import { axialResNet } from './models/axial-resnet.js';
import { efficientnet } from './models/efficientnet.js';
import { inceptionV3 } from './models/inception-v3.js';
import { lrNet } from './models/lr-net.js';
import { octconvArticle } from './models/octconv-article.js';
import { rednet } from './models/rednet.js';
import { resnet } from './models/resnet.js';
import { san } from './models/san.js';
import { sasaResnet } from './models/sasa-resnet.js';
import { wideResNet } from './models/wide-resnet.js';
import { xception } from './models/xception.js';

/** The networks: a family each, told apart by `family`, with the switches of its articles as options. */
export const model = z
  .discriminatedUnion('family', [
    efficientnet,
    resnet,
    rednet,
    octconvArticle,
    wideResNet,
    xception,
    inceptionV3,
    axialResNet,
    san,
    lrNet,
    sasaResnet,
  ])
  .describe('The network.');

export type { AxialResNetConfig } from './models/axial-resnet.js';
export type { AttentionConfig, EfficientNetConfig } from './models/efficientnet.js';
export type { InceptionV3Config } from './models/inception-v3.js';
export type { LrNetConfig } from './models/lr-net.js';
export type { OctaveKind, OctaveSlotConfig } from './models/octave.js';
export type { OctConvArticleConfig } from './models/octconv-article.js';
export type { RedNetConfig } from './models/rednet.js';
export type { ResNetConfig } from './models/resnet.js';
export type { SanConfig } from './models/san.js';
export type { SasaResNetConfig } from './models/sasa-resnet.js';
export type { SpatialConfig } from './models/spatial.js';
export type { WideResNetConfig } from './models/wide-resnet.js';
export type { XceptionConfig } from './models/xception.js';

import { z } from 'zod';
import { airbench } from './airbench/options.js';
import { axialResNet } from './axial-resnet/options.js';
import { efficientnet } from './efficientnet/options.js';
import { inceptionV3 } from './inception-v3/options.js';
import { lrNet } from './lr-net/options.js';
import { octconvArticle } from './octconv-article/options.js';
import { rednet } from './rednet/options.js';
import { resnet } from './resnet/options.js';
import { san } from './san/options.js';
import { sasaResnet } from './sasa-resnet/options.js';
import { wideResNet } from './wide-resnet/options.js';
import { xception } from './xception/options.js';

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
    airbench,
  ])
  .describe('The network.');

export type ModelConfig = Readonly<z.infer<typeof model>>;

import { z } from 'zod';
import { renamed, renamedKeysOf } from '../util/schema-parts.js';
import { airbench } from './airbench/options.js';
import { axialDeeplab } from './axial-deeplab/options.js';
import { axialResNet } from './axial-resnet/options.js';
import { efficientnet } from './efficientnet/options.js';
import { inceptionV3 } from './inception-v3/options.js';
import { lrNet } from './lr-net/options.js';
import { octconvArticle } from './octconv-article/options.js';
import { rednet } from './rednet/options.js';
import { resnet } from './resnet/options.js';
import { san } from './san/options.js';
import { sasaResnet } from './sasa-resnet/options.js';
import { semanticFpn } from './semantic-fpn/options.js';
import { upernet } from './upernet/options.js';
import { wideResNet } from './wide-resnet/options.js';
import { xception } from './xception/options.js';

/** What every network has for those who predict something of each pixel. */
const dense = {
  outputStride: z
    .union([z.literal(8), z.literal(16)])
    .nullable()
    .default(null)
    .describe(
      'No map is smaller than 1/8 or 1/16 of the image: strides beyond are left out, and what follows is dilated.',
    ),
  decoder: z
    .discriminatedUnion('type', [semanticFpn, axialDeeplab, upernet])
    .nullable()
    .default(null)
    .describe('What brings the maps of all strides together at the finest one; null: the last map as it is.'),
} as const;

/** A family with them, and with what its keys were called. */
function withDense<Shape extends z.core.$ZodShape>(family: z.ZodObject<Shape, z.core.$strict>) {
  return renamed(family.extend(dense), renamedKeysOf(family));
}

/** The networks: a family each, told apart by `family`, with the switches of its articles as options. */
export const model = z
  .discriminatedUnion('family', [
    withDense(efficientnet),
    withDense(resnet),
    withDense(rednet),
    withDense(octconvArticle),
    withDense(wideResNet),
    withDense(xception),
    withDense(inceptionV3),
    withDense(axialResNet),
    withDense(san),
    withDense(lrNet),
    withDense(sasaResnet),
    withDense(airbench),
  ])
  .describe('The network.');

export type ModelConfig = Readonly<z.infer<typeof model>>;

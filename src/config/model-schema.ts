import { z } from 'zod';
import { axialResNet } from './models/axial-resnet.js';
import { efficientnet } from './models/efficientnet.js';
import { rednet } from './models/rednet.js';
import { resnet } from './models/resnet.js';
import { san } from './models/san.js';

/** The networks: a family each, told apart by `family`, with the switches of its articles as options. */
export const model = z
  .discriminatedUnion('family', [efficientnet, resnet, rednet, san, axialResNet])
  .describe('The network.');

export type { AxialResNetConfig } from './models/axial-resnet.js';
export type { AttentionConfig, EfficientNetConfig } from './models/efficientnet.js';
export type { RedNetConfig } from './models/rednet.js';
export type { ResNetConfig } from './models/resnet.js';
export type { SanConfig } from './models/san.js';
export type { SpatialConfig } from './models/spatial.js';

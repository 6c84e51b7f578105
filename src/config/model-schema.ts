import { z } from 'zod';
import { efficientnet } from './models/efficientnet.js';
import { rednet } from './models/rednet.js';
import { resnet } from './models/resnet.js';

/** The networks: a family each, told apart by `family`, with the switches of its articles as options. */
export const model = z.discriminatedUnion('family', [efficientnet, resnet, rednet]).describe('The network.');

export type { AttentionConfig, EfficientNetConfig } from './models/efficientnet.js';
export type { RedNetConfig } from './models/rednet.js';
export type { ResNetConfig } from './models/resnet.js';
export type { SpatialConfig } from './models/spatial.js';

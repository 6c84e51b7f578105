import { torchNames, type ForeignNames, type ModuleOf } from '../foreign-names.js';

/** What a block's layers are called, `conv_pw` … `bn3`; the first stage's blocks have no expansion. */
const EXPANDING: Readonly<Record<string, string>> = {
  expand: 'conv_pw',
  expand_bn: 'bn1',
  depthwise: 'conv_dw',
  depthwise_bn: 'bn2',
  project: 'conv_pwl',
  project_bn: 'bn3',
};
const PLAIN: Readonly<Record<string, string>> = {
  depthwise: 'conv_dw',
  depthwise_bn: 'bn1',
  project: 'conv_pw',
  project_bn: 'bn2',
};
const OUTSIDE: Readonly<Record<string, string>> = {
  'stem/conv': 'conv_stem',
  'stem/bn': 'bn1',
  'head/conv': 'conv_head',
  'head/bn': 'bn2',
  'head/classifier': 'classifier',
};

/**
 * timm's EfficientNet (`models/efficientnet.py`, `_efficientnet_blocks.py`); `tf_efficientnet_b0` … `b7` pad and
 * normalise as this network does. Stage n of the paper is `blocks.(n − 2)`.
 */
export const efficientnet: ForeignNames = torchNames('timm', ((layer, part) => {
  if (layer in OUTSIDE) return OUTSIDE[layer];
  const found = /^stage(\d)\/block(\d+)\/(\w+)$/.exec(layer);
  if (!found) return undefined;
  const [, stage, block, piece] = found;
  const module = `blocks.${Number(stage) - 2}.${Number(block) - 1}`;
  if (piece === 'se') return `${module}.se.conv_${part}`;
  const names = stage === '2' ? PLAIN : EXPANDING;
  return piece in names ? `${module}.${names[piece]}` : undefined;
}) satisfies ModuleOf);

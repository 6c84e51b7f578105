import { torchNames, type ForeignNames, type ModuleOf } from '../foreign-names.js';

const BLOCK: Readonly<Record<string, string>> = {
  reduce: 'conv1',
  reduce_bn: 'bn1',
  spatial: 'conv2',
  spatial_bn: 'bn2',
  expand: 'conv3',
  expand_bn: 'bn3',
  shortcut: 'downsample.0',
  shortcut_bn: 'downsample.1',
};
const OUTSIDE: Readonly<Record<string, string>> = {
  'stem/conv': 'conv1',
  'stem/bn': 'bn1',
  'head/classifier': 'fc',
};
const SQUEEZE: Readonly<Record<string, string>> = { reduce: 'se.fc1', expand: 'se.fc2' };

/** The bottleneck ResNet of torchvision and of timm (`models/resnet.py`), which have the same names; `se` as timm has it. */
export const resnet: ForeignNames = torchNames('timm', ((layer, part) => {
  if (layer in OUTSIDE) return OUTSIDE[layer];
  const found = /^stage(\d)\/block(\d+)\/(\w+)$/.exec(layer);
  if (!found) return undefined;
  const [, stage, block, piece] = found;
  const module = `layer${stage}.${Number(block) - 1}`;
  if (piece === 'se') return part in SQUEEZE ? `${module}.${SQUEEZE[part]}` : undefined;
  return piece in BLOCK ? `${module}.${BLOCK[piece]}` : undefined;
}) satisfies ModuleOf);

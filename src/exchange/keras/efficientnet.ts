import { kerasNames } from './names.js';

const PIECES: Readonly<Record<string, string>> = {
  expand: 'expand_conv',
  expand_bn: 'expand_bn',
  depthwise: 'dwconv',
  depthwise_bn: 'bn',
  project: 'project_conv',
  project_bn: 'project_bn',
};
const OUTSIDE: Readonly<Record<string, string>> = {
  'stem/conv': 'stem_conv',
  'stem/bn': 'stem_bn',
  'head/conv': 'top_conv',
  'head/bn': 'top_bn',
  'head/classifier': 'predictions',
};

/** `keras.applications.EfficientNetB0` … `B7`: stage n of the paper is block n − 1, its blocks are lettered. */
export const efficientnet = kerasNames((layer, part) => {
  if (layer in OUTSIDE) return OUTSIDE[layer];
  const found = /^stage(\d)\/block(\d+)\/(\w+)$/.exec(layer);
  if (!found) return undefined;
  const [, stage, number, piece] = found;
  const block = `block${Number(stage) - 1}${String.fromCharCode(96 + Number(number))}`;
  if (piece === 'se') return `${block}_se_${part}`;
  return piece in PIECES ? `${block}_${PIECES[piece]}` : undefined;
}, /^(normalization|rescaling)/);

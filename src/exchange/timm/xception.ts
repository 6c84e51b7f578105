import { torchNames, type ForeignNames, type ModuleOf } from '../foreign-names.js';

const OUTSIDE: Readonly<Record<string, string>> = {
  'stem/conv1': 'conv1',
  'stem/bn1': 'bn1',
  'stem/conv2': 'conv2',
  'stem/bn2': 'bn2',
  'head/classifier': 'fc',
};
const HALVES: Readonly<Record<string, string>> = { spatial: 'conv1', pointwise: 'pointwise' };
const SHORTCUT: Readonly<Record<string, string>> = { shortcut: 'skip', shortcut_bn: 'skipbn' };

/** timm's `legacy_xception` (`models/xception.py`), after Keras: blocks 1 to 3 of the entry, 4 to 11 of the middle, 12 of the exit flow. */
export const xception: ForeignNames = torchNames('timm', ((layer) => {
  if (layer in OUTSIDE) return OUTSIDE[layer];
  const end = /^exit2\/separable([12])\/(\w+)$/.exec(layer);
  if (end) {
    const number = Number(end[1]) + 2;
    if (end[2] === 'bn') return `bn${number}`;
    return end[2] in HALVES ? `conv${number}.${HALVES[end[2]]}` : undefined;
  }
  const found = /^(entry|middle|exit)(\d+)\/(?:separable(\d)\/)?(\w+)$/.exec(layer);
  if (!found) return undefined;
  const [, flow, number, separable, piece] = found;
  const block = `block${Number(number) + { entry: 0, middle: 3, exit: 11 }[flow]!}`;
  if (separable === undefined) return piece in SHORTCUT ? `${block}.${SHORTCUT[piece]}` : undefined;
  // ReLU, convolution, batch norm, again and again; only the first block has no ReLU before it.
  const place = 3 * (Number(separable) - 1) + (block === 'block1' ? 0 : 1);
  if (piece === 'bn') return `${block}.rep.${place + 1}`;
  return piece in HALVES ? `${block}.rep.${place}.${HALVES[piece]}` : undefined;
}) satisfies ModuleOf);

import { kerasNames } from './names.js';

const OUTSIDE: Readonly<Record<string, string>> = {
  'stem/conv1': 'block1_conv1',
  'stem/bn1': 'block1_conv1_bn',
  'stem/conv2': 'block1_conv2',
  'stem/bn2': 'block1_conv2_bn',
  'head/classifier': 'predictions',
};
/** Keras numbers the layers that it gave no name. */
const SHORTCUTS = ['entry1', 'entry2', 'entry3', 'exit1'];

/** `keras.applications.Xception`: block 1 is the stem, 2 to 4 the entry, 5 to 12 the middle, 13 and 14 the exit flow. */
export const xception = kerasNames((layer) => {
  if (layer in OUTSIDE) return OUTSIDE[layer];
  const shortcut = /^(\w+)\/shortcut(_bn)?$/.exec(layer);
  if (shortcut) {
    const number = SHORTCUTS.indexOf(shortcut[1]);
    return (shortcut[2] ? 'batch_normalization' : 'conv2d') + (number > 0 ? `_${number}` : '');
  }
  const found = /^(entry|middle|exit)(\d+)\/separable(\d)\/(spatial|pointwise|bn)$/.exec(layer);
  if (!found) return undefined;
  const [, flow, number, separable, piece] = found;
  const block = Number(number) + { entry: 1, middle: 4, exit: 12 }[flow]!;
  const module = `block${block}_sepconv${separable}`;
  if (piece === 'bn') return `${module}_bn`;
  return `${module}/${piece === 'spatial' ? 'depthwise' : 'pointwise'}`;
});

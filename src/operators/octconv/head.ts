import type { OctaveHead } from './options.js';
import { BatchNorm, type BatchNormSettings } from '../../layers/batch-norm.js';
import { Concatenate } from '../../layers/concatenate.js';
import { Convolution } from '../../layers/convolution.js';
import { GlobalAveragePooling } from '../../layers/pooling.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { addToParts, mergeLow, type Octave } from './octave.js';

export interface OctaveHeadOptions {
  readonly head: OctaveHead;
  /** Channels of the 1×1 convolution of `concat-gap`. */
  readonly filters: number;
  /** Whether that one has a bias, as the article's has. */
  readonly useBias: boolean;
  readonly batchNorm: BatchNormSettings;
}

/**
 * Makes one vector of both parts. What tells the heads apart is the 1×1 convolution with its BN and ReLU alone:
 * on even maps the global average of the concatenated parts is the concatenation of their global averages.
 */
export function octaveHead(net: Blueprint, x: Octave, options: OctaveHeadOptions): Node {
  const { head, filters, useBias, batchNorm } = options;
  if (head === 'gap-concat') {
    const { high, low } = addToParts(net, x, 'head/pool', (part) => new GlobalAveragePooling(part));
    return high && low ? net.add(new Concatenate({ name: 'head/concat' }), high, low) : (high ?? low)!;
  }
  const conv = new Convolution({
    name: 'head/conv',
    filters,
    kernelSize: 1,
    useBias,
    initialization: 'glorot-uniform',
  });
  let y = net.add(conv, mergeLow(net, x, 'head/merge'));
  y = net.add(new BatchNorm({ name: 'head/bn', activation: 'relu', ...batchNorm }), y);
  return net.add(new GlobalAveragePooling({ name: 'head/pool' }), y);
}

import { Dense } from '../../layers/dense.js';
import { Dropout } from '../../layers/dropout.js';
import { GlobalAveragePooling } from '../../layers/pooling.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import type { Features } from '../../models/features.js';
import type { ModelConfig } from '../../models/options.js';
import { designFeatures } from '../../models/registry.js';

/**
 * The head of a classifier: global average pooling of a map, the network's dropout and a dense layer.
 * A map [H,W,C] or a vector [C] → logits [classes].
 */
export function classificationHead(net: Blueprint, { last, dropout }: Features, classes: number): Node {
  const isMap = last.shape.length === 4;
  let x = isMap ? net.add(new GlobalAveragePooling({ name: 'head/pool' }), last) : last;
  if (dropout !== null) {
    x = net.add(new Dropout({ name: 'head/dropout', rate: dropout, perSample: false }), x);
  }
  return net.add(new Dense({ name: 'head/classifier', units: classes }), x);
}

/**
 * The classifier of a config as a blueprint: layers and shapes, no weights yet; it puts out the logits [classes].
 * @param inputSize height and width of the images
 * @throws InvolveError when options do not fit together
 */
export function designModel(config: ModelConfig, inputSize: number, classes: number): Blueprint {
  const { net, features } = designFeatures(config, inputSize);
  classificationHead(net, features, classes);
  return net;
}

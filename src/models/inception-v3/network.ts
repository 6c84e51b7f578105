import type { InceptionV3Config } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Concatenate } from '../../layers/concatenate.js';
import { Convolution } from '../../layers/convolution.js';
import { MaxPooling } from '../../layers/max-pooling.js';
import { AveragePooling } from '../../layers/pooling.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { dropoutOf, type FeatureMap, type Features } from '../features.js';
import { inceptionModules, stepsOfStem, type Branch, type Step } from './modules.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { placeOperator } from '../../operators/index.js';
import { widened } from '../xception/network.js';

/**
 * Inception V3 (Szegedy et al. 2016) in Keras's form, without the auxiliary classifier: every convolution is
 * followed by a batch norm without scale and ReLU. Input [H,W,3].
 * @throws InvolveError when the images are too small for the imagenet stem (75 is the smallest).
 */
export function inceptionV3(net: Blueprint, config: InceptionV3Config): Features {
  let x = chain(net, net.input, 'stem', config, stepsOfStem(config.stem));
  const maps: FeatureMap[] = [];
  let stride = config.stem === 'imagenet' ? 8 : 1;
  for (const [index, branches] of inceptionModules.entries()) {
    if (isReduction(branches)) stride *= 2;
    x = mixed(net, x, `mixed${index}`, config, branches);
    maps.push({ name: `mixed${index}`, stride, node: x });
  }
  return { maps, last: x, dropout: dropoutOf(config.dropout) };
}

// --- internal ---

/** Whether a module halves the size. */
function isReduction(branches: readonly Branch[]): boolean {
  return branches.some(({ steps }) => steps.some(({ stride = 1 }) => stride > 1));
}

/** The branches of a module side by side: [H,W,C] → [H',W',Σ of the branches' widths]. */
function mixed(
  net: Blueprint,
  start: Node,
  name: string,
  config: InceptionV3Config,
  branches: readonly Branch[],
): Node {
  const ends = branches.flatMap(({ steps, fork }, index) => {
    const branch = `${name}/branch${index + 1}`;
    const end = chain(net, start, branch, config, steps);
    if (!fork) return [end];
    return fork.map((step, i) => chain(net, end, `${branch}/fork${i + 1}`, config, [step]));
  });
  return net.add(new Concatenate({ name: `${name}/concatenate` }), ...ends);
}

/** Convolutions and pooling one after the other. */
function chain(
  net: Blueprint,
  start: Node,
  name: string,
  config: InceptionV3Config,
  steps: readonly Step[],
): Node {
  let x = start;
  let position = 0;
  for (const step of steps) {
    const { stride = 1 } = step;
    // What Keras does without padding would lose too much of a small image's border.
    const padding = step.padding === 'valid' && config.stem === 'imagenet' ? 'valid' : 'same';
    if (step.type === 'conv') {
      x = convolution(net, x, `${name}/conv${++position}`, config, { ...step, stride, padding });
    } else if (step.type === 'max') {
      x = net.add(new MaxPooling({ name: `${name}/pool${++position}`, size: 3, stride, padding }), x);
    } else {
      x = net.add(new AveragePooling({ name: `${name}/pool${++position}`, size: 3, stride }), x);
    }
  }
  return x;
}

type ConvolutionStep = Required<Extract<Step, { readonly type: 'conv' }>>;

/** A convolution, or what stands in its slot, with batch norm and ReLU. */
function convolution(
  net: Blueprint,
  x: Node,
  name: string,
  config: InceptionV3Config,
  { kernelSize: window, stride, padding, filters: width }: ConvolutionStep,
): Node {
  const { spatial: operator, batchNorm } = config;
  const filters = widened(width, config.width);
  const keepsShape = stride === 1 && padding === 'same' && channelsOf(x.shape) === filters;
  const isSlot = window === 3 && keepsShape;
  const norm = new BatchNorm({ name: `${name}_bn`, activation: 'relu', useScale: false, ...batchNorm });
  if (isSlot && operator.type !== 'conv') {
    const place = { name, slot: 'model.spatial', activation: 'relu', stride, batchNorm } as const;
    return net.add(norm, placeOperator(net, x, operator, place));
  }
  const kernelSize = isSlot && operator.type === 'conv' ? operator.kernelSize : window;
  const layer = new Convolution({
    name,
    filters,
    kernelSize,
    stride,
    padding,
    initialization: 'glorot-uniform',
  });
  return net.add(norm, net.add(layer, x));
}

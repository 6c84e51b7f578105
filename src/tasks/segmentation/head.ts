import { Add } from '../../layers/add.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { Convolution } from '../../layers/convolution.js';
import { Dropout } from '../../layers/dropout.js';
import { Resizing } from '../../layers/resizing.js';
import { Upsampling } from '../../layers/upsampling.js';
import type { FeatureMap, Features } from '../../models/features.js';
import { badInput } from '../../util/errors.js';

/**
 * The head of a segmentation: fully convolutional, with skips (Long et al. 2015, section 4.2). A 1×1 convolution scores
 * the last map; the scores are doubled until they are as large as the image, and on the way those of the last map of
 * each finer stride are added. Doubling repeats pixels. Maps [H/s,W/s,C] → logits [H,W,classes].
 * @throws InvolveError (exit code 2) where maps of the network are not halves of each other, rounded up
 */
export function segmentationHead(net: Blueprint, features: Features, classes: number): Node {
  if (features.isDecoded) return decodedHead(net, features, classes);
  const { maps, last } = features;
  const [, height, width] = net.input.shape;
  const byStride = new Map(maps.map((map) => [map.stride, map]));
  const coarsest = Math.max(...byStride.keys());
  const score = (node: Node, stride: number): Node => net.add(scoring(`head/score${stride}`, classes), node);
  const end = byStride.get(coarsest)!;
  let x = score(isOfSize(last, end) ? last : end.node, coarsest);
  for (let stride = coarsest / 2; stride >= 1; stride /= 2) {
    const size = { height: Math.ceil(height! / stride), width: Math.ceil(width! / stride) };
    const skip = byStride.get(stride);
    if (!doubles(x, size) || (skip !== undefined && !hasSize(skip.node, size)))
      throw noFit(height!, coarsest);
    x = net.add(new Upsampling({ name: `head/double${stride}`, ...size }), x);
    if (skip === undefined) continue;
    x = net.add(new Add({ name: `head/add${stride}` }), x, score(skip.node, stride));
  }
  return x;
}

/**
 * The head after a decoder: dropout, a 1×1 convolution that scores its map, and the scores by bilinear interpolation at the
 * size of the image (Kirillov et al. 2019, section 3). [H/s,W/s,C] → logits [H,W,classes].
 */
function decodedHead(net: Blueprint, { last, dropout }: Features, classes: number): Node {
  let x = last;
  if (dropout !== null)
    x = net.add(new Dropout({ name: 'head/dropout', rate: dropout, perSample: false }), x);
  x = net.add(scoring('head/score', classes), x);
  return net.add(new Resizing({ name: 'head/resize', interpolation: 'bilinear' }), x, net.input);
}

// --- internal ---

function scoring(name: string, filters: number): Convolution {
  return new Convolution({ name, filters, kernelSize: 1, useBias: true, initialization: 'glorot-uniform' });
}

interface Size {
  readonly height: number;
  readonly width: number;
}

function isOfSize({ shape }: Node, { node }: FeatureMap): boolean {
  return shape.length === 4 && hasSize(node, { height: shape[1]!, width: shape[2]! });
}

function hasSize({ shape }: Node, { height, width }: Size): boolean {
  return shape[1] === height && shape[2] === width;
}

function doubles({ shape }: Node, { height, width }: Size): boolean {
  return shape[1] === Math.ceil(height / 2) && shape[2] === Math.ceil(width / 2);
}

function noFit(size: number, stride: number): Error {
  const next = Math.ceil((size + 1) / stride) * stride;
  return badInput('E_SEGMENTATION_SIZE', {
    what: `the maps of the network do not double to images of ${size}×${size}: ${size} is no multiple of its stride, ${stride}, or it pads its borders otherwise`,
    where: 'data.inputSize',
    try: `--set data.inputSize=${next}, or a family that pads each map, such as resnet`,
  });
}

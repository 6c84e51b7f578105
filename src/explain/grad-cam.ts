import {
  gather,
  grad,
  mul,
  reshape,
  slice,
  sum,
  tensor,
  tidy,
  type Scalar,
  type Tensor,
} from '../engine/tf.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import { deepestOfStrides, type Features } from '../models/features.js';
import type { HeatMap } from './heat-map.js';
import { walkFrom, type Outputs } from './walk.js';

/** A number of what a network puts out, for which Grad-CAM asks what speaks. */
export type Score = (output: Tensor) => Scalar;

/** The number of a class before the softmax, of a network that says one of the image: [1,classes] → y^c. */
export function classScore(index: number): Score {
  return (output) => reshape(gather(reshape(output, [-1]), index), []);
}

/**
 * The sum of a class's numbers over some pixels, of a network that says one of each: [1,H,W,classes] → Σ y^c (Vinogradova
 * et al. 2020, "Towards Interpretable Semantic Segmentation via Gradient-Weighted Class Activation Mapping").
 * @param pixels 1 of those that are chosen, 0 of the others, row by row
 */
export function pixelScore(index: number, pixels: Float32Array): Score {
  return (output) => {
    const [, height, width] = output.shape;
    const ofClass = slice(output, [0, 0, 0, index], [1, height!, width!, 1]);
    return sum(mul(reshape(ofClass, [pixels.length]), tensor(pixels)));
  };
}

/**
 * Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
 * equations 1 and 2): where in a map A lies what speaks for a class, ReLU(Σ_k α_k A^k) with α_k the mean over the places
 * of ∂y^c/∂A^k, y^c the score of the class.
 * @param node whose output [1,H,W,C] is the map
 * @param known of a walk with one image
 */
export function gradCam(net: Blueprint, node: Node, known: Outputs, score: Score): HeatMap {
  const map = known.get(node)!;
  const [, height, width, channels] = map.shape as [number, number, number, number];
  const ofMap = (value: Tensor): Scalar => score(walkFrom(net, node, value, known));
  const [values, gradients] = tidy(() => [map.dataSync<'float32'>(), grad(ofMap)(map).dataSync<'float32'>()]);
  const places = height * width;
  const weights = new Float64Array(channels);
  gradients.forEach((value, i) => (weights[i % channels]! += value / places));
  const heat = new Float32Array(places);
  for (let place = 0; place < places; place++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += weights[c]! * values[place * channels + c]!;
    heat[place] = Math.max(0, sum);
  }
  return { height, width, values: heat };
}

/**
 * The maps that Grad-CAM is usually drawn of: the last ones that know places, which what follows makes numbers of the
 * whole image from. An octave network has two.
 */
export function lastMaps(net: Blueprint): readonly Node[] {
  // From the end: whatever leads to a map is no part of the tail.
  const beforeMaps = new Set<Node>();
  for (const node of [...net.nodes].reverse()) {
    if (!isMap(node) && !beforeMaps.has(node)) continue;
    for (const input of node.inputs) beforeMaps.add(input);
  }
  const tail = net.nodes.filter((node) => !isMap(node) && !beforeMaps.has(node));
  const read = new Set(tail.flatMap(({ inputs }) => inputs).filter(isMap));
  return net.nodes.filter((node) => read.has(node));
}

/**
 * The maps of a network that says a class of each pixel: the deepest of each stride, from the finest on, which its head or
 * its decoder brings together, and what the decoder makes of them.
 */
export function mapsOfPixels({ maps, last }: Features): readonly Node[] {
  const deepest = deepestOfStrides(maps).map(({ node }) => node);
  return [...new Set([...deepest, last])].filter(isMap);
}

/** Whether a layer puts out a map of more than one place. */
export function isMap({ shape }: Node): boolean {
  return shape.length === 4 && shape[1]! * shape[2]! > 1;
}

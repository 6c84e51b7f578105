import { gather, grad, reshape, tidy, type Scalar, type Tensor } from '../engine/tf.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { HeatMap } from './heat-map.js';
import { walkFrom, type Outputs } from './walk.js';

/**
 * Grad-CAM (Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
 * equations 1 and 2): where in a map A lies what speaks for a class, ReLU(Σ_k α_k A^k) with α_k the mean over the places
 * of ∂y^c/∂A^k, y^c the class's number before the softmax.
 * @param node whose output [1,H,W,C] is the map
 * @param known of a walk with one image
 * @param index of the class among the network's outputs
 */
export function gradCam(net: Blueprint, node: Node, known: Outputs, index: number): HeatMap {
  const map = known.get(node)!;
  const [, height, width, channels] = map.shape as [number, number, number, number];
  const score = (value: Tensor): Scalar =>
    reshape(gather(reshape(walkFrom(net, node, value, known), [-1]), index), []);
  const [values, gradients] = tidy(() => [map.dataSync<'float32'>(), grad(score)(map).dataSync<'float32'>()]);
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

/** Whether a layer puts out a map of more than one place. */
export function isMap({ shape }: Node): boolean {
  return shape.length === 4 && shape[1]! * shape[2]! > 1;
}

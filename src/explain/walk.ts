import { tidy, type Tensor, type Tensor4D } from '../engine/tf.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import type { Observation } from '../layers/observation.js';

/** What each layer puts out, by its node; the input's node has the images. */
export type Outputs = ReadonlyMap<Node, Tensor>;

/** Called with what a layer shows of itself while it computes; the tensors live as long as the call. */
export type WatchLayer = (node: Node, observation: Observation) => void;

/**
 * Puts images through a network whose model has been built, a layer after the other, out of training, and keeps what
 * every layer puts out: the numbers of the model itself, from the same layers on the engine in use. The tensors are the
 * caller's, or those of the `tidy` around it.
 * @param images [B,H,W,3], normalised
 */
export function walk(net: Blueprint, images: Tensor4D, watch?: WatchLayer): Outputs {
  const outputs = new Map<Node, Tensor>([[net.input, images]]);
  for (const node of net.nodes) {
    const observe = watch && ((observation: Observation) => watch(node, observation));
    outputs.set(
      node,
      tidy(() => node.layer!.compute(inputsOf(node, outputs), { training: false, observe })),
    );
  }
  return outputs;
}

/**
 * What the network would put out if a layer put out `value`: only the layers behind it are computed again, those beside it
 * are taken from `known`. Differentiable in `value`.
 */
export function walkFrom(net: Blueprint, from: Node, value: Tensor, known: Outputs): Tensor {
  const outputs = new Map<Node, Tensor>([[from, value]]);
  const all = { get: (node: Node) => outputs.get(node) ?? known.get(node) };
  for (const node of net.nodes) {
    if (!node.inputs.some((input) => outputs.has(input)) || node === from) continue;
    outputs.set(node, node.layer!.compute(inputsOf(node, all), { training: false }));
  }
  return all.get(net.nodes.at(-1)!)!;
}

// --- internal ---

function inputsOf(node: Node, outputs: { get(node: Node): Tensor | undefined }): Tensor[] {
  return node.inputs.map((input) => outputs.get(input)!);
}

import {
  input,
  model as makeModel,
  type LayerShape,
  type LayersModel,
  type SymbolicTensor,
  type Tensor,
} from '../engine/tf.js';
import { badInput } from '../util/errors.js';
import { grouped } from '../util/number-text.js';
import { elements, sumCosts, type LayerCost } from './cost.js';
import type { OperatorLayer } from './operator-layer.js';
import { withInitSeed, type WeightSource } from './weights.js';

/** A place in a network: what a layer puts out. */
export interface Node {
  readonly shape: LayerShape;
  readonly layer: OperatorLayer | null;
  readonly inputs: readonly Node[];
}

/** Another layer in the place of one that is put after `inputs`, of the same name and weights. */
export type Exchange = (layer: OperatorLayer, inputs: readonly Node[]) => OperatorLayer;

/** tf.js goes through a model recursively, and its stack holds some four thousand layers one after the other. */
const MOST_LAYERS = 3500;

/** One line of a model's summary. */
export interface LayerSummary extends LayerCost {
  readonly name: string;
  readonly type: string;
  readonly outputShape: readonly number[];
  /** Bytes of the layer's output for one image. */
  readonly activationBytes: number;
}

/**
 * A network as shapes and layers, before any weight exists: it can be counted at no cost
 * (`summary`, `--dry-run`) and then be turned into a tf.js model.
 */
export class Blueprint {
  readonly input: Node;
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();
  #output: Node;
  #exchange: Exchange = (layer) => layer;

  /** @param inputShape height, width, channels */
  constructor(inputShape: readonly [number, number, number]) {
    this.input = { shape: [null, ...inputShape], layer: null, inputs: [] };
    this.#output = this.input;
  }

  /** What the network puts out. */
  get output(): Node {
    return this.#output;
  }

  /** All layers with where they stand, in the order of the computation. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /**
   * Puts a layer after `inputs`; its name must be new.
   * @throws InvolveError (exit code 2) when the shapes do not fit, or there are too many layers to be put together
   */
  add(given: OperatorLayer, ...inputs: readonly Node[]): Node {
    const layer = this.#exchange(given, inputs);
    if (this.#nodes.length === MOST_LAYERS) throw tooDeep();
    if (this.#names.has(layer.name)) throw new Error(`two layers are named ${layer.name}`);
    this.#names.add(layer.name);
    const node: Node = { layer, inputs, shape: layer.inferShape(inputs.map((from) => from.shape)) };
    this.#nodes.push(node);
    this.#output = node;
    return node;
  }

  /** While `work` adds layers, each of them is exchanged for what `exchange` makes of it. */
  exchanging<T>(exchange: Exchange, work: () => T): T {
    const before = this.#exchange;
    this.#exchange = exchange;
    try {
      return work();
    } finally {
      this.#exchange = before;
    }
  }

  /**
   * Shapes of the outputs of all layers, in order, for images of another shape, by the layers as they are.
   * @throws InvolveError (exit code 2) where one of them does not take it
   */
  shapesFor(inputShape: readonly [number, number, number]): readonly LayerShape[] {
    const shapes = new Map<Node, LayerShape>([[this.input, [null, ...inputShape]]]);
    return this.#nodes.map((node) => {
      const shape = node.layer!.inferShape(node.inputs.map((from) => shapes.get(from)!));
      shapes.set(node, shape);
      return shape;
    });
  }

  /** Names of all layers, in order. */
  get layerNames(): readonly string[] {
    return this.#nodes.map(({ layer }) => layer!.name);
  }

  /** Cost of every layer for one image, in order. */
  summary(): readonly LayerSummary[] {
    return this.#nodes.map(({ layer, inputs, shape }) => ({
      name: layer!.name,
      type: layer!.getClassName(),
      outputShape: shape.slice(1) as number[],
      activationBytes: 4 * elements(shape),
      ...layer!.cost(inputs.map((from) => from.shape)),
    }));
  }

  /** Cost of the whole network for one image. */
  total(): LayerCost {
    return sumCosts(this.summary());
  }

  /**
   * Makes the tf.js model, its weights filled from the streams of a seed, or left blank. The network's output is
   * what the layer added last puts out. A blueprint is good for one model: its layers own the weights.
   */
  build(weights: WeightSource, name: string): LayersModel {
    return withInitSeed(weights, () => {
      const made = new Map<Node, SymbolicTensor>();
      const start = input({ shape: this.input.shape.slice(1) });
      made.set(this.input, start);
      for (const node of this.#nodes) {
        const inputs = node.inputs.map((from) => made.get(from)!);
        made.set(node, node.layer!.apply(inputs.length === 1 ? inputs[0] : inputs) as SymbolicTensor);
      }
      return makeModel({ inputs: start, outputs: made.get(this.#output)!, name });
    });
  }

  /**
   * What the network, which must have been built, makes of a batch: as its model does, with the moving statistics.
   * @param each is handed every layer in turn with what does its work
   */
  evaluate(images: Tensor, each: (layer: OperatorLayer, compute: () => Tensor) => Tensor): Tensor {
    const made = new Map<Node, Tensor>([[this.input, images]]);
    for (const node of this.#nodes) {
      const inputs = node.inputs.map((from) => made.get(from)!);
      made.set(
        node,
        each(node.layer!, () => node.layer!.compute(inputs, { training: false })),
      );
    }
    return made.get(this.#output)!;
  }
}

// --- internal ---

function tooDeep(): Error {
  return badInput('E_MODEL_TOO_DEEP', {
    what: `the network has more than ${grouped(MOST_LAYERS)} layers, which cannot be put together`,
    try: 'fewer blocks: involve summary says how many layers a block has',
  });
}

import type { Operand } from './operand.js';
import { type Layout } from './operand.js';
import type { OnnxAttribute, OnnxConstant, OnnxGraph, OnnxNode } from './graph.js';

type Attributes = Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>;

/**
 * Takes down the nodes of a graph. Values of images are wanted channels last by our kernels and channels first by
 * ONNX's; each has its name in either order, and is transposed when somebody first wants it in the other one.
 */
export class Emitter {
  /** Layer whose nodes follow, for their names. */
  scope = '';
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxConstant>();
  readonly #names = new Map<string, number>();

  get graph(): OnnxGraph {
    return { nodes: this.#nodes, constants: this.#constants };
  }

  /** Adds a node of one output. @returns the output's name */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodes(op, inputs, 1, attributes)[0]!;
  }

  /** Adds a node of several outputs. @returns their names */
  nodes(op: string, inputs: readonly string[], count: number, attributes: Attributes = {}): string[] {
    const name = this.#unique(op);
    const outputs = count === 1 ? [`${name}:0`] : Array.from({ length: count }, (_, i) => `${name}:${i}`);
    const given = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const);
    this.#nodes.push({ op, name, inputs, outputs, attributes: Object.fromEntries(given) });
    return outputs;
  }

  /** A node whose output has a name that readers know. */
  port(op: string, input: string, output: string, attributes: Attributes = {}): string {
    const given = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const);
    const made = { op, name: this.#unique(op), inputs: [input], outputs: [output] };
    this.#nodes.push({ ...made, attributes: Object.fromEntries(given) });
    return output;
  }

  /** Float values. */
  floats(dims: readonly number[], data: ArrayLike<number>): string {
    const name = this.#unique('Constant');
    this.#constants.set(name, { dims, data: Float32Array.from(data) });
    return name;
  }

  /** Whole numbers: a shape, axes, where a slice begins. */
  ints(...values: readonly number[]): string {
    const name = this.#unique('Constant');
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    this.#constants.set(name, { dims: [values.length], data });
    return name;
  }

  /** The name of an operand in an order of its axes. */
  named(operand: Operand, layout: Layout = 'last'): string {
    const known = operand.names[layout];
    if (known !== undefined) return known;
    const name = operand.values === undefined ? this.#turned(operand, layout) : this.#stored(operand, layout);
    operand.names[layout] = name;
    return name;
  }

  /** A shape as a node takes it. Where a length is that of the batch, `merge-batches.ts` puts −1. */
  reshaped(value: string, shape: readonly number[]): string {
    return this.node('Reshape', [value, this.ints(...shape)]);
  }

  // --- internal ---

  #unique(op: string): string {
    const base = this.scope === '' ? op : `${this.scope}/${op}`;
    const count = this.#names.get(base) ?? 0;
    this.#names.set(base, count + 1);
    return count === 0 ? base : `${base}_${count}`;
  }

  #turned(operand: Operand, layout: Layout): string {
    const other = layout === 'first' ? 'last' : 'first';
    const from = operand.names[other]!;
    if (operand.isSameInBoth) return this.reshaped(from, orderedShape(operand.shape, layout));
    return this.node('Transpose', [from], { perm: layout === 'first' ? [0, 3, 1, 2] : [0, 2, 3, 1] });
  }

  #stored(operand: Operand, layout: Layout): string {
    const { shape, values } = operand;
    if (layout === 'last') return this.floats(shape, values!);
    return this.floats(orderedShape(shape, 'first'), channelsFirst(shape, values!));
  }
}

/** A shape [B,H,W,C] in an order of its axes. */
export function orderedShape(shape: readonly number[], layout: Layout): readonly number[] {
  if (layout === 'last') return shape;
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, channels, height, width];
}

/** Where an axis of [B,H,W,C] stands in an order. */
export function orderedAxis(axis: number, layout: Layout): number {
  return layout === 'last' ? axis : [0, 2, 3, 1][axis]!;
}

// --- internal ---

function attributeOf(value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return { int: value };
  if (typeof value === 'string') return { text: value };
  return 'float' in value ? value : { ints: value };
}

function channelsFirst(shape: readonly number[], values: ArrayLike<number>): Float32Array {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const places = height * width;
  const turned = new Float32Array(batch * places * channels);
  for (let b = 0; b < batch; b++)
    for (let p = 0; p < places; p++)
      for (let c = 0; c < channels; c++)
        turned[(b * channels + c) * places + p] = values[(b * places + p) * channels + c]!;
  return turned;
}

import { PORTS, type OnnxConstant, type OnnxGraph, type OnnxNode } from './graph.js';

/**
 * One graph for batches of any size from the traces of a batch of one and of a batch of two: they have the same nodes,
 * and a number in which they differ is a multiple of the batch. In the shape of a Reshape it becomes −1, what is left;
 * values that are there once an image are repeated as often as there are images.
 */
export function mergeBatches(one: OnnxGraph, two: OnnxGraph): OnnxGraph {
  if (skeleton(one) !== skeleton(two)) throw new Error('the network is another one for another batch');
  const shapes = new Set(one.nodes.filter(({ op }) => op === 'Reshape').map(({ inputs }) => inputs[1]));
  const constants = new Map<string, OnnxConstant>();
  const before: OnnxNode[] = [];
  for (const [name, constant] of one.constants) {
    const other = two.constants.get(name)!;
    if (isSame(constant, other)) constants.set(name, constant);
    else if (shapes.has(name)) constants.set(name, dynamicShape(constant, other));
    else before.push(...repeated(name, constant, other, constants));
  }
  return { nodes: [...before, ...one.nodes], constants };
}

// --- internal ---

function skeleton({ nodes, constants }: OnnxGraph): string {
  return JSON.stringify([nodes, [...constants.keys()]]);
}

function isSame(a: OnnxConstant, b: OnnxConstant): boolean {
  return a.dims.join() === b.dims.join() && a.data.every((value, i) => Object.is(value, b.data[i]));
}

function dynamicShape({ dims, data }: OnnxConstant, other: OnnxConstant): OnnxConstant {
  const lengths = Array.from(data as BigInt64Array, (length, i) => {
    if (length === other.data[i]) return length;
    if (2n * length !== other.data[i])
      throw new Error(`a length of ${length} is ${other.data[i]} for two images`);
    return -1n;
  });
  if (lengths.filter((length) => length === -1n).length > 1) throw new Error('two lengths are of the batch');
  return { dims, data: BigInt64Array.from(lengths) };
}

/** The values of one image, as often as there are images. */
function repeated(
  name: string,
  constant: OnnxConstant,
  other: OnnxConstant,
  constants: Map<string, OnnxConstant>,
): OnnxNode[] {
  const { dims, data } = constant;
  const axis = dims.findIndex((length, i) => length !== other.dims[i]);
  const again = axis >= 0 && other.dims.every((length, i) => length === (i === axis ? 2 : 1) * dims[i]);
  if (
    !again ||
    !isTwice(
      data,
      other.data,
      dims.slice(axis).reduce((product, length) => product * length, 1),
    )
  ) {
    throw new Error(`values ${name} depend on the batch`);
  }
  const one = (count: number): OnnxConstant => ({
    dims: [count],
    data: BigInt64Array.from(new Array<bigint>(count).fill(1n)),
  });
  constants.set(`${name}/image`, constant);
  const parts = [`${name}/before`, `${name}/batch`, `${name}/after`];
  constants.set(parts[0], one(axis));
  constants.set(parts[2], one(dims.length - axis - 1));
  const plain = (
    op: string,
    inputs: string[],
    output: string,
    attributes: OnnxNode['attributes'],
  ): OnnxNode => ({
    op,
    name: `${output}/${op}`,
    inputs,
    outputs: [output],
    attributes,
  });
  return [
    plain('Shape', [PORTS.images], parts[1], { start: { int: 0 }, end: { int: 1 } }),
    plain('Concat', parts, `${name}/repeats`, { axis: { int: 0 } }),
    plain('Tile', [`${name}/image`, `${name}/repeats`], name, {}),
  ];
}

/** Whether runs of `length` values stand there twice each. */
function isTwice(data: OnnxConstant['data'], twice: OnnxConstant['data'], length: number): boolean {
  return twice.every((value, i) => {
    const run = Math.floor(i / (2 * length));
    return Object.is(value, data[run * length + (i % length)]);
  });
}

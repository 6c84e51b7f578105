import type { OnnxConstant, OnnxGraph, OnnxNode } from './graph.js';

/**
 * Puts batch norms into the convolutions before them: s·(W∗x + b) + t = (s·W)∗x + (s·b + t), where nobody else wants
 * what comes between. What a norm is not alone in seeing, or that follows no convolution, stays a product and a sum.
 */
export function foldNorms({ nodes, constants }: OnnxGraph): OnnxGraph {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const uses = countUses(nodes);
  const folded = new Map(constants);
  const replaced = new Map<OnnxNode, OnnxNode>();
  const gone = new Set<OnnxNode>();
  /** The node before, if what it puts out is for one reader alone. */
  const onlyBefore = (value: string, op: string): OnnxNode | undefined => {
    const node = producers.get(value);
    return node?.op === op && uses.get(value) === 1 ? node : undefined;
  };
  for (const add of nodes) {
    const mul = add.op === 'Add' ? onlyBefore(add.inputs[0], 'Mul') : undefined;
    const conv = mul && onlyBefore(mul.inputs[0], 'Conv');
    const slope = mul && constants.get(mul.inputs[1]);
    const shift = constants.get(add.inputs[1]);
    const kernel = conv && constants.get(conv.inputs[1]);
    if (!kernel || !slope || !shift) continue;
    const filters = kernel.dims[0];
    if (!isPerChannel(slope, filters) || !isPerChannel(shift, filters)) continue;
    const bias = conv.inputs[2] === undefined ? undefined : constants.get(conv.inputs[2])!;
    const names = [`${conv.name}/folded_kernel`, `${conv.name}/folded_bias`];
    folded.set(names[0], scaled(kernel, slope));
    folded.set(names[1], {
      dims: [filters],
      data: Float32Array.from(
        { length: filters },
        (_, f) => Number(slope.data[f]) * Number(bias?.data[f] ?? 0) + Number(shift.data[f]),
      ),
    });
    replaced.set(conv, { ...conv, inputs: [conv.inputs[0], ...names], outputs: add.outputs });
    gone.add(mul).add(add);
  }
  return {
    nodes: nodes.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node),
    constants: folded,
  };
}

/** How many nodes read each value. */
export function countUses(nodes: readonly OnnxNode[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const { inputs } of nodes) for (const input of inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  return uses;
}

// --- internal ---

function isPerChannel({ dims }: OnnxConstant, channels: number): boolean {
  return dims.join() === [1, channels, 1, 1].join();
}

/** Each filter times its slope. */
function scaled({ dims, data }: OnnxConstant, slope: OnnxConstant): OnnxConstant {
  const values = data as Float32Array;
  const size = values.length / dims[0];
  return { dims, data: values.map((value, i) => value * Number(slope.data[Math.floor(i / size)])) };
}

import type { GraphOutput } from './c-api.js';
import { bytesOf } from './data-types.js';
import type { NodeOutput } from './graph.js';

/** A node of a graph, as far as its memory goes. */
export interface RecordedNode {
  readonly op: string;
  readonly inputs: readonly GraphOutput[];
  readonly outputs: readonly NodeOutput[];
}

/** Operations that put out their first input's memory; a variable's is not of the step. */
const SHARES_INPUT = new Set([
  ...['EnsureShape', 'ExpandDims', 'Identity', 'ReadVariableOp', 'Reshape', 'Squeeze', 'Switch'],
]);

/**
 * The most bytes that outputs of nodes take at one time when the nodes run in this order, each output being freed
 * after its last use.
 * @param kept outputs that stay to the end
 */
export function mostBytesAlive(nodes: readonly RecordedNode[], kept: readonly GraphOutput[]): number {
  const bytes = new Map<string, number>();
  const lastUse = new Map<string, number>();
  const owners = new Map<string, string>();
  const ownerOf = (output: GraphOutput): string => owners.get(keyOf(output)) ?? keyOf(output);
  nodes.forEach(({ op, inputs, outputs }, i) => {
    for (const input of inputs) lastUse.set(ownerOf(input), i);
    for (const output of outputs) {
      if (SHARES_INPUT.has(op)) {
        const owner = ownerOf(inputs[0]);
        owners.set(keyOf(output), owner);
        // EnsureShape may be the first to know how large it is.
        if (bytes.get(owner) === 0) bytes.set(owner, sizeOf(output));
      } else {
        bytes.set(keyOf(output), sizeOf(output));
        lastUse.set(keyOf(output), i);
      }
    }
  });
  for (const output of kept) lastUse.delete(ownerOf(output));
  const freed = new Array<number>(nodes.length).fill(0);
  for (const [key, i] of lastUse) freed[i] += bytes.get(key) ?? 0;
  let alive = 0;
  let most = 0;
  nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) alive += bytes.get(keyOf(output)) ?? 0;
    most = Math.max(most, alive);
    alive -= freed[i];
  });
  return most;
}

/**
 * The order in which TensorFlow's executor comes to nodes that wait for nothing but their inputs
 * (tensorflow/core/common_runtime/executor.cc): those that are ready form a line, and the first one is next.
 */
export function executionOrder(nodes: readonly RecordedNode[]): RecordedNode[] {
  const makers = new Map<string, number>();
  nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) makers.set(keyOf(output), i);
  });
  const followers = nodes.map((): number[] => []);
  const missing = nodes.map(({ inputs }, i) => {
    const awaited = new Set(inputs.map((input) => makers.get(keyOf(input))));
    awaited.delete(undefined);
    for (const maker of awaited) followers[maker!].push(i);
    return awaited.size;
  });
  const line = [...nodes.keys()].filter((i) => missing[i] === 0);
  // It grows while it is gone through.
  for (const i of line) {
    for (const follower of followers[i]) if (--missing[follower] === 0) line.push(follower);
  }
  return line.map((i) => nodes[i]);
}

// --- internal ---

function keyOf({ oper, index }: GraphOutput): string {
  return `${oper}:${index}`;
}

function sizeOf({ shape, type }: NodeOutput): number {
  // Unknown as yet: EnsureShape follows.
  if (shape.some((length) => length < 0)) return 0;
  return shape.reduce((product, length) => product * length, bytesOf(type));
}

import { createHash } from 'node:crypto';
import { countUses } from './fold-norms.js';
import { PORTS, type OnnxConstant, type OnnxGraph, type OnnxNode } from './graph.js';

/** Leaves out nodes and values that nobody reads, and has equal values there once. */
export function tidyGraph({ nodes, constants }: OnnxGraph): OnnxGraph {
  const read = readNodes(nodes);
  const uses = countUses(read);
  const first = new Map<string, string>();
  const names = new Map<string, string>();
  const kept = new Map<string, OnnxConstant>();
  for (const [name, constant] of constants) {
    if (!uses.has(name)) continue;
    const key = contentOf(constant);
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, name);
      kept.set(name, constant);
    } else names.set(name, known);
  }
  return {
    nodes: read.map((node) => ({ ...node, inputs: node.inputs.map((input) => names.get(input) ?? input) })),
    constants: kept,
  };
}

// --- internal ---

/** Nodes from whose outputs a port follows. */
function readNodes(nodes: readonly OnnxNode[]): OnnxNode[] {
  const wanted = new Set<string>([PORTS.logits, PORTS.probabilities]);
  const read: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    for (const input of node.inputs) wanted.add(input);
    read.push(node);
  }
  return read.reverse();
}

function contentOf({ dims, data }: OnnxConstant): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return `${data.constructor.name} ${dims.join()} ${hash}`;
}

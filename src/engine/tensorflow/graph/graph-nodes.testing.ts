import { vi } from 'vitest';
import { readFields, readText, type ReadField } from '../../../util/wire/protobuf.js';
import { TF } from '../c-api/data-types.js';
import { readMessage } from '../c-api/message.js';
import { EagerExecutor } from '../eager.js';
import { Graph } from './graph.js';

/** A node as kernels are chosen by it: the operation, and those of its attributes that are types. */
export interface NodeTypes {
  readonly op: string;
  readonly types: Readonly<Record<string, number>>;
}

/** What a graph computes and what was computed at once, by their texts (`MatMul T=float`). */
export interface SeenNodes {
  /** Of graphs: whole, as TensorFlow has completed them. */
  readonly recorded: ReadonlyMap<string, NodeTypes>;
  /** Operations that ran at once, with what the caller has said of types. */
  readonly eager: ReadonlyMap<string, NodeTypes>;
}

/** Watches every graph that is made, until it is disposed of, and every operation that runs at once. */
export async function watchNodes(work: () => Promise<void>): Promise<SeenNodes> {
  const recorded = new Map<string, NodeTypes>();
  const eager = new Map<string, NodeTypes>();
  const dispose = Graph.prototype.dispose;
  const execute = EagerExecutor.prototype.execute;
  const spies = [
    vi.spyOn(Graph.prototype, 'dispose').mockImplementation(function (this: Graph) {
      for (const node of nodesOf(this)) recorded.set(nodeText(node), node);
      dispose.call(this);
    }),
    vi.spyOn(EagerExecutor.prototype, 'execute').mockImplementation(function (this: EagerExecutor, ...args) {
      const [op, attributes] = args;
      const given = attributes.filter(({ type, value }) => type === 4 && typeof value === 'number');
      const node = { op, types: Object.fromEntries(given.map(({ name, value }) => [name, Number(value)])) };
      eager.set(nodeText(node), node);
      return execute.apply(this, args);
    }),
  ];
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { recorded, eager };
}

/** `MatMul T=float`. */
export function nodeText({ op, types }: NodeTypes): string {
  const names = Object.keys(types).sort();
  return [op, ...names.map((name) => `${name}=${typeName(types[name])}`)].join(' ');
}

/** A node by its text. */
export function nodeOfText(text: string): NodeTypes {
  const [op, ...types] = text.split(' ');
  const pairs = types.map((each) => each.split('=') as [string, keyof typeof TF]);
  return { op, types: Object.fromEntries(pairs.map(([name, type]) => [name, TF[type]])) };
}

// --- internal ---

/** Field numbers of GraphDef, NodeDef, an entry of a map, and AttrValue. */
const NODE = 1;
const [OP, ATTRIBUTE] = [2, 5];
const [KEY, VALUE] = [1, 2];
const TYPE = 6;

function nodesOf(graph: Graph): NodeTypes[] {
  const { api } = graph;
  const message = readMessage(api, (buffer) => api.TF_GraphToGraphDef(graph.address, buffer, api.status));
  return numbered(message, NODE).map(({ bytes: node }) => {
    const types = numbered(node, ATTRIBUTE).flatMap(({ bytes: entry }) => {
      const [key] = numbered(entry, KEY).map(readText);
      const [type] = numbered(entry, VALUE).flatMap(({ bytes: value }) => numbered(value, TYPE));
      // Names that begin so are TensorFlow's notes to itself.
      return type === undefined || key.startsWith('_') ? [] : [[key, Number(type.number)] as const];
    });
    return { op: readText(numbered(node, OP)[0]), types: Object.fromEntries(types) };
  });
}

function numbered(message: Uint8Array | undefined, number: number): ReadField[] {
  return [...readFields(message ?? new Uint8Array())].filter(({ field }) => field === number);
}

function typeName(type: number): string {
  const found = Object.entries(TF).find(([, number]) => number === type);
  if (found === undefined) throw new Error(`TensorFlow's data type ${type} has no name here.`);
  return found[0];
}

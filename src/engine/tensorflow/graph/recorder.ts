import type { Variable } from '../../tf-core.js';
import { createHash } from 'node:crypto';
import type { InvolveError } from '../../../util/errors.js';
import type { Operand, ProgramBuffer, ProgramCall } from '../../program/calls.js';
import { notReplayable, readsOldValue } from '../../program/not-replayable.js';
import { attr, named, type OpAttribute } from '../attributes.js';
import type { GraphOutput } from '../c-api/c-api.js';
import { bytesOf, typeNumber } from '../c-api/data-types.js';
import type { EagerExecutor } from '../eager.js';
import type { Graph, GraphNode, NodeOutput } from './graph.js';
import type { Executor, HeldTensor, ReductionOf } from '../held-tensor.js';
import { HostTensor } from '../host-tensor.js';
import type { Values } from '../c-api/native-tensor.js';

/** So far ahead of the recorded order that two operations can nearly always run at the same time. */
const AHEAD = 64;

/** Operations that put out their first input's memory. */
const SHARES_INPUT = new Set([
  ...['EnsureShape', 'ExpandDims', 'Identity', 'ReadVariableOp', 'Reshape', 'Squeeze', 'Switch'],
]);

/** A node of the graph. */
export interface NodeCall extends ProgramCall {
  /** Operation, inputs and attributes, to be compared with another recording. */
  readonly text: string;
}

/** Where the graph is left for workers to meet: what is fetched there, and what goes on from it. */
export interface Meeting extends ReductionOf {
  readonly from: readonly NodeOutput[];
  readonly to: readonly NodeOutput[];
}

/** The variables of the program in the graph that is being recorded. */
export interface VariablePlaces {
  /** The variable that a tensor is, if it is one. */
  variableOf(held: HeldTensor): Variable | undefined;
  /** The node with the variable's resource handle. */
  handleOf(variable: Variable): GraphNode;
}

/**
 * Writes operations down as nodes of a graph. Nothing is computed: shapes and types are what TensorFlow infers.
 * Tensors made from JavaScript's values become constants, variables become reads of their resource.
 */
export class GraphRecorder implements Executor {
  readonly buffers: ProgramBuffer[] = [];
  /** The operations, in their order. */
  readonly calls: NodeCall[] = [];
  /** Reads of variables. */
  readonly reads = new Map<Variable, GraphNode>();
  /** In their order. */
  readonly meetings: Meeting[] = [];
  /** Where in the graph each buffer's values come from. */
  readonly outputs: NodeOutput[] = [];
  readonly #places = new Map<string, number>();
  readonly #assigned = new Map<Variable, GraphNode>();
  /** What is given to the graph while it runs. */
  readonly #fed = new Set<string>();
  readonly #constants = new Map<string, NodeOutput>();
  readonly #names = new Map<string, string>();
  /** What computes; not what assigns or decides whether to. */
  readonly #computing: GraphNode[] = [];

  /**
   * @param scope begins the names of all nodes of this recording
   * @param inOrder whether nodes are to run nearly in the order in which they are recorded: each waits for the one
   *   that stands `AHEAD` places before it. Left to itself TensorFlow runs whatever is ready, and the temporary
   *   tensors of what could have been done bit by bit are all there at once.
   */
  constructor(
    readonly graph: Graph,
    readonly scope: string,
    private readonly eager: EagerExecutor,
    private readonly places: VariablePlaces,
    private readonly inOrder = false,
  ) {}

  createTensor(shape: readonly number[], type: number, values: Values): HeldTensor {
    // A copy: who gave the values may change them.
    return new HostTensor(this.eager, shape, type, values.slice() as Values);
  }

  execute(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly HeldTensor[],
    outputs: number,
  ): HeldTensor[] {
    const sources = inputs.map((input) => this.outputOf(input));
    const before = this.inOrder ? this.#computing.at(-AHEAD) : undefined;
    const node = this.add(op, attributes, sources, before === undefined ? [] : [before]);
    this.#computing.push(node);
    // An operation may not say what it puts out; it must not spread: EnsureShape has to follow, or one that knows.
    if (sources.some(hasUnknownShape) && node.outputs.some(hasUnknownShape)) throw unknownShape(op);
    return node.outputs.slice(0, outputs).map((output) => new SymbolicTensor(this, output));
  }

  allReduce(how: ReductionOf, inputs: readonly HeldTensor[], outputs: number): HeldTensor[] {
    const from = inputs.map((input) => this.fetchable(this.outputOf(input)));
    const name = `AllReduce_${this.calls.length}`;
    const [{ shape, type }] = from;
    const attributes = named({ dtype: attr.type(type), shape: attr.shape(shape) });
    const to = Array.from({ length: outputs }, (_, i) => {
      const node = this.graph.add({ op: 'Placeholder', name: `${this.scope}/${name}_${i}`, attributes });
      return node.outputs[0];
    });
    const read = from.map((input): Operand => ({ buffer: this.#bufferAt(input), offset: 0, role: 'in' }));
    const written = to.map((output, i): Operand => {
      this.#names.set(keyOf(output), `${name}:${i}`);
      const buffer = this.#put(output, { kind: 'internal', bytes: sizeOf(output) });
      return { buffer, offset: 0, role: 'out' };
    });
    const given = from.map((input) => this.#nameOf(input)).join(', ');
    const text = `AllReduce(${given}) ${how.reduction} ${how.places}`;
    this.calls.push({ name: 'AllReduce', operands: [...read, ...written], text });
    this.meetings.push({ ...how, from, to });
    for (const output of to) this.#fed.add(keyOf(output));
    return to.map((output) => new SymbolicTensor(this, output));
  }

  /** Adds a node and writes it down. */
  add(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly NodeOutput[],
    controls: readonly GraphNode[] = [],
  ): GraphNode {
    const from = inputs.map((input) => this.#nameOf(input));
    const name = `${op}_${this.calls.length}`;
    const text = `${op}(${from.join(', ')})${attributes.map(textOf).join('')}`;
    const node = this.graph.add({ op, name: `${this.scope}/${name}`, attributes, inputs, controls });
    const read = inputs.map((input): Operand => ({ buffer: this.#bufferAt(input), offset: 0, role: 'in' }));
    const within = SHARES_INPUT.has(op) ? read[0].buffer : undefined;
    const written = node.outputs.map((output): Operand => {
      this.#names.set(keyOf(output), `${name}:${output.index}`);
      const buffer = this.#put(output, { kind: 'internal', bytes: sizeOf(output), within });
      return { buffer, offset: 0, role: 'out' };
    });
    this.calls.push({ name: op, operands: [...read, ...written], text });
    return node;
  }

  /** A tensor for the program to be given before it runs. */
  placeholder(name: string, shape: readonly number[], type: number): SymbolicTensor {
    const attributes = named({ dtype: attr.type(type), shape: attr.shape(shape) });
    const node = this.graph.add({ op: 'Placeholder', name: `${this.scope}/input/${name}`, attributes });
    const [output] = node.outputs;
    this.#names.set(keyOf(output), name);
    this.#put(output, { kind: 'internal', bytes: sizeOf(output) });
    this.#fed.add(keyOf(output));
    return new SymbolicTensor(this, output);
  }

  /** What a session can be asked for in the place of `output`: of what it is given another name. */
  fetchable(output: NodeOutput): NodeOutput {
    if (!this.#fed.has(keyOf(output))) return output;
    return this.add('Identity', named({ T: attr.type(output.type) }), [output]).outputs[0];
  }

  /** The buffer of a tensor's values. */
  bufferOf(held: HeldTensor): number {
    return this.#bufferAt(this.outputOf(held));
  }

  /** Where the values of a tensor come from in the graph. */
  outputOf(held: HeldTensor): NodeOutput {
    if (held instanceof SymbolicTensor) {
      if (held.recorder !== this) throw new Error('This tensor belongs to a recording that has ended.');
      return held.output;
    }
    const variable = this.places.variableOf(held);
    if (variable !== undefined) return this.#read(variable, held.type);
    return this.#constant(held.shape, held.type, held.values());
  }

  constant(shape: readonly number[], type: number, values: Values): NodeOutput {
    return this.#constant(shape, type, values);
  }

  /** Gives a variable a value, after everything that reads it and after `controls`. */
  assign(variable: Variable, value: NodeOutput, controls: readonly GraphNode[]): GraphNode {
    const attributes = named({ dtype: attr.type(value.type) });
    const inputs = [this.#resource(variable), value];
    const before = [this.reads.get(variable), this.#assigned.get(variable)].filter(
      (node) => node !== undefined,
    );
    const node = this.add('AssignVariableOp', attributes, inputs, [...before, ...controls]);
    this.#assigned.set(variable, node);
    return node;
  }

  // --- internal ---

  #read(variable: Variable, type: number): NodeOutput {
    let node = this.reads.get(variable);
    if (node === undefined) {
      // What is assigned waits for the reads before it; of those after it nobody could say which value they find.
      if (this.#assigned.has(variable)) throw readsOldValue(variable.name);
      const attributes = named({ dtype: attr.type(type) });
      node = this.add('ReadVariableOp', attributes, [this.#resource(variable)]);
      this.reads.set(variable, node);
    }
    return node.outputs[0];
  }

  #resource(variable: Variable): NodeOutput {
    const [handle] = this.places.handleOf(variable).outputs;
    const key = keyOf(handle);
    this.#names.set(key, `variable ${variable.id}`);
    if (!this.#places.has(key)) {
      const bytes = variable.size * bytesOf(typeNumber(variable.dtype));
      this.#put(handle, { kind: 'variable', bytes, variable });
    }
    return handle;
  }

  #constant(shape: readonly number[], type: number, values: Values): NodeOutput {
    const key = `${type} [${shape.join()}] ${digest(values)}`;
    let output = this.#constants.get(key);
    if (output === undefined) {
      const name = `${this.scope}/constant_${this.#constants.size}`;
      [output] = this.graph.constant(name, shape, type, values).outputs;
      this.#constants.set(key, output);
      this.#names.set(keyOf(output), `constant ${key}`);
      this.#put(output, { kind: 'constant', bytes: sizeOf(output), key });
    }
    return output;
  }

  #put(output: NodeOutput, buffer: ProgramBuffer): number {
    const place = this.buffers.push(buffer) - 1;
    this.outputs.push(output);
    this.#places.set(keyOf(output), place);
    return place;
  }

  #bufferAt(output: NodeOutput): number {
    const place = this.#places.get(keyOf(output));
    if (place === undefined) throw new Error(`No node of the recording puts out ${keyOf(output)}.`);
    return place;
  }

  #nameOf(output: NodeOutput): string {
    return this.#names.get(keyOf(output)) ?? `${output.oper}:${output.index}`;
  }
}

/** An output of a node of the recording. */
export class SymbolicTensor implements HeldTensor {
  readonly shape: readonly number[];
  readonly type: number;

  constructor(
    readonly recorder: GraphRecorder,
    readonly output: NodeOutput,
  ) {
    this.shape = output.shape;
    this.type = output.type;
  }

  values(): never {
    throw notReplayable('the step looks at the values of a tensor, so it cannot be replayed');
  }

  handle(): never {
    return this.values();
  }

  dispose(): void {
    // A node stays as long as its graph.
  }
}

// --- internal ---

function keyOf({ oper, index }: GraphOutput): string {
  return `${oper}:${index}`;
}

function textOf({ name, value }: OpAttribute): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : String(value as string);
  return ` ${name}=${text}`;
}

/** Small values as they are, so that a message shows them. */
function digest(values: Values): string {
  if ('byteLength' in values && values.length <= 16) return [...values].join();
  const hash = createHash('sha256');
  if ('byteLength' in values)
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  else for (const text of values) hash.update(`${text.length} `).update(text);
  return hash.digest('hex').slice(0, 32);
}

function sizeOf(output: NodeOutput): number {
  // Unknown as yet: EnsureShape follows.
  if (hasUnknownShape(output)) return 0;
  return output.shape.reduce((product, length) => product * length, bytesOf(output.type));
}

function hasUnknownShape({ shape }: NodeOutput): boolean {
  return shape.some((length) => length < 0);
}

function unknownShape(op: string): InvolveError {
  return notReplayable(`TensorFlow does not know the shape of what ${op} takes before the step runs`);
}

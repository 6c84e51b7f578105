import { setAttributes, type OpAttribute } from '../attributes.js';
import type { CApi, GraphOutput } from '../c-api/c-api.js';
import { dimensions, newTensor, type Values } from '../c-api/native-tensor.js';
import { inputArguments } from '../c-api/op-def.js';

/** An output of a node, with what TensorFlow inferred about it. */
export interface NodeOutput extends GraphOutput {
  readonly shape: readonly number[];
  /** TF_DataType. */
  readonly type: number;
}

/** A node of a graph. */
export interface GraphNode {
  /** Address of its TF_Operation. */
  readonly address: number;
  readonly outputs: readonly NodeOutput[];
}

/** What a node is made of. */
export interface NodeSpec {
  readonly op: string;
  /** Unique in the graph. */
  readonly name: string;
  readonly attributes?: readonly OpAttribute[];
  readonly inputs?: readonly GraphOutput[];
  /** Nodes that must have run before. */
  readonly controls?: readonly GraphNode[];
}

/** A TF_Graph. Adding a node infers the shapes of its outputs and computes nothing. */
export class Graph {
  readonly address: number;
  readonly #dims = new BigInt64Array(16);

  constructor(readonly api: CApi) {
    this.address = api.TF_NewGraph();
  }

  /** @throws InvolveError E_TENSORFLOW where inputs or attributes do not fit the operation, in TensorFlow's words */
  add({ op, name, attributes = [], inputs = [], controls = [] }: NodeSpec): GraphNode {
    const { api } = this;
    return this.#finish(api.TF_NewOperation(this.address, op, name), (node) => {
      this.#addInputs(node, op, attributes, inputs);
      setAttributes(api, 'TF_', node, attributes);
      for (const control of controls) api.TF_AddControlInput(node, control.address);
    });
  }

  /** A node that holds values. */
  constant(name: string, shape: readonly number[], type: number, values: Values): GraphNode {
    const { api } = this;
    const tensor = newTensor(api, shape, type, values);
    try {
      return this.#finish(api.TF_NewOperation(this.address, 'Const', name), (node) => {
        api.TF_SetAttrType(node, api.text('dtype'), type);
        api.TF_SetAttrTensor(node, api.text('value'), tensor, api.status);
        api.check();
      });
    } finally {
      api.TF_DeleteTensor(tensor);
    }
  }

  dispose(): void {
    this.api.TF_DeleteGraph(this.address);
  }

  // --- internal ---

  #finish(node: number, fill: (node: number) => void): GraphNode {
    const { api } = this;
    fill(node);
    const address = api.TF_FinishOperation(node, api.status);
    api.check();
    const outputs = Array.from({ length: api.TF_OperationNumOutputs(address) }, (_, index) =>
      this.#describe({ oper: address, index }),
    );
    return { address, outputs };
  }

  #describe(output: GraphOutput): NodeOutput {
    const { api } = this;
    const rank = api.TF_GraphGetTensorNumDims(this.address, output, api.status);
    api.check();
    if (rank > 0) {
      api.TF_GraphGetTensorShape(this.address, output, this.#dims, rank, api.status);
      api.check();
    }
    // An unknown rank or length is −1.
    const shape = rank < 0 ? [-1] : Array.from({ length: rank }, (_, d) => Number(this.#dims[d]));
    return { ...output, shape, type: api.TF_OperationOutputType(output) };
  }

  #addInputs(
    node: number,
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphOutput[],
  ): void {
    const { api } = this;
    let at = 0;
    for (const { lengthAttribute, typesAttribute } of inputArguments(api, this.address, op)) {
      const listed = lengthAttribute ?? typesAttribute;
      if (listed === undefined) {
        if (at < inputs.length) api.TF_AddInput(node, inputs[at]);
        at += 1;
        continue;
      }
      const value = attributes.find(({ name }) => name === listed)?.value;
      // Without the attribute a list takes what is left: it is the only one then.
      const length = Array.isArray(value)
        ? value.length
        : ((value as number | undefined) ?? inputs.length - at);
      api.TF_AddInputList(node, outputList(inputs.slice(at, at + length)), length);
      at += length;
    }
  }
}

/** Bytes of a TF_Output and of an address. */
export const OUTPUT = 16;
export const POINTER = 8;

/** TF_Output[] as it lies in memory: an address, an index, four bytes of padding. */
export function outputList(outputs: readonly GraphOutput[]): BigInt64Array {
  return dimensions(outputs.flatMap(({ oper, index }) => [oper, index]));
}

/** An ONNX graph before it is written (onnx.ai/onnx/repo-docs/IR.html). */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** Values that the file brings. */
  readonly constants: ReadonlyMap<string, OnnxConstant>;
}

export interface OnnxNode {
  /** Operator of the standard domain. */
  readonly op: string;
  /** `<layer>/<op>`, unique in the graph. */
  readonly name: string;
  /** Names of values; '' where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

export interface OnnxConstant {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** The opset that the graphs are written for: of January 2022, which readers of all devices know by now. */
export const OPSET = 17;

/** Names of what goes in and comes out. */
export const PORTS = { images: 'images', logits: 'logits', probabilities: 'probabilities' } as const;

import type { CApi } from './c-api/c-api.js';
import { type TensorflowType, typeNumber } from './c-api/data-types.js';
import { dimensions } from './c-api/native-tensor.js';
import type { DataType } from '../tf-core.js';

/** Kinds of attributes, numbered as tfjs-node's kernels number them. */
export const ATTRIBUTE = { text: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** An attribute of an operation as tfjs-node's kernels write it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The value of an attribute with its kind: what `attr` makes. */
export type AttributeValue = Omit<OpAttribute, 'name'>;

/** Values of attributes for `executeOp`. */
export const attr = {
  text: (value: string): AttributeValue => ({ type: ATTRIBUTE.text, value }),
  int: (value: number | readonly number[]): AttributeValue => ({ type: ATTRIBUTE.int, value }),
  float: (value: number | readonly number[]): AttributeValue => ({ type: ATTRIBUTE.float, value }),
  bool: (value: boolean | readonly boolean[]): AttributeValue => ({ type: ATTRIBUTE.bool, value }),
  /** A data type of tf.js, a name of TensorFlow's own, or its number. */
  type: (value: DataType | TensorflowType | number): AttributeValue => ({
    type: ATTRIBUTE.type,
    value: typeof value === 'number' ? value : typeNumber(value),
  }),
  shape: (value: readonly number[]): AttributeValue => ({ type: ATTRIBUTE.shape, value }),
} as const;

/** Attributes by name, as a list. */
export function named(attributes: Readonly<Record<string, AttributeValue>>): OpAttribute[] {
  return Object.entries(attributes).map(([name, value]) => ({ name, ...value }));
}

/** The two families of functions that set attributes: of operations that run at once, and of a graph's. */
export type AttributeTarget = 'TFE_Op' | 'TF_';

/** Sets attributes on an operation that is being put together. */
export function setAttributes(
  api: CApi,
  target: AttributeTarget,
  op: number,
  attributes: readonly OpAttribute[],
): void {
  for (const { name, type, value } of attributes) setAttribute(api, target, op, api.text(name), type, value);
}

// --- internal ---

function setAttribute(
  api: CApi,
  target: AttributeTarget,
  op: number,
  name: number,
  type: number,
  value: unknown,
): void {
  const list = Array.isArray(value) ? (value as readonly (number | boolean)[]) : undefined;
  switch (type) {
    case ATTRIBUTE.text: {
      const bytes = typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
      return api[`${target}SetAttrString`](op, name, bytes, bytes.length);
    }
    case ATTRIBUTE.int:
      if (list === undefined) return api[`${target}SetAttrInt`](op, name, value as number);
      return api[`${target}SetAttrIntList`](op, name, dimensions(list.map(Number)), list.length);
    case ATTRIBUTE.float:
      if (list === undefined) return api[`${target}SetAttrFloat`](op, name, value as number);
      return api[`${target}SetAttrFloatList`](op, name, Float32Array.from(list.map(Number)), list.length);
    case ATTRIBUTE.bool:
      if (list === undefined) return api[`${target}SetAttrBool`](op, name, value ? 1 : 0);
      return api[`${target}SetAttrBoolList`](op, name, Uint8Array.from(list.map(Number)), list.length);
    case ATTRIBUTE.type:
      return api[`${target}SetAttrType`](op, name, value as number);
    case ATTRIBUTE.shape: {
      const shape = value as readonly number[];
      if (target === 'TF_') return api.TF_SetAttrShape(op, name, dimensions(shape), shape.length);
      api.TFE_OpSetAttrShape(op, name, dimensions(shape), shape.length, api.status);
      return api.check();
    }
    default:
      throw new Error(`Attributes of kind ${type} are not known to this engine.`);
  }
}

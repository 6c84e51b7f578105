import type { DataType } from '../../tf-core.js';

/** Numbers of TF_DataType. */
export const TF = {
  ...{
    float: 1,
    double: 2,
    int32: 3,
    uint8: 4,
    int16: 5,
    int8: 6,
    string: 7,
    complex64: 8,
    int64: 9,
    bool: 10,
  },
  ...{ bfloat16: 14, half: 19, resource: 20, uint32: 22, uint64: 23 },
} as const;

export type TensorflowType = keyof typeof TF;

/** TensorFlow's number for a data type of tf.js or a name of TensorFlow's own. */
export function typeNumber(type: DataType | TensorflowType): number {
  return type === 'float32' ? TF.float : TF[type];
}

const BYTES: Readonly<Record<number, number>> = {
  ...{ [TF.float]: 4, [TF.double]: 8, [TF.int32]: 4, [TF.uint8]: 1, [TF.int16]: 2, [TF.int8]: 1 },
  ...{ [TF.string]: 24, [TF.complex64]: 8, [TF.int64]: 8, [TF.bool]: 1, [TF.bfloat16]: 2, [TF.half]: 2 },
  ...{ [TF.uint32]: 4, [TF.uint64]: 8 },
};

/** Bytes of one value. */
export function bytesOf(type: number): number {
  const bytes = BYTES[type];
  if (bytes === undefined)
    throw new Error(`TensorFlow's data type ${type} has no values that JavaScript could hold.`);
  return bytes;
}

/** Memory as an array of the type that tf.js expects for it. */
export function typedArray(type: number, memory: ArrayBuffer): NodeJS.TypedArray {
  if (type === TF.float || type === TF.complex64) return new Float32Array(memory);
  if (type === TF.int32) return new Int32Array(memory);
  if (type === TF.int64) return new BigInt64Array(memory);
  if (type === TF.double) return new Float64Array(memory);
  return new Uint8Array(memory);
}

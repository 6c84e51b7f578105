import type { CApi } from './c-api.js';
import { TF, bytesOf, typedArray } from './data-types.js';

/** Values as tf.js keeps them: numbers, or texts as bytes. */
export type Values = NodeJS.TypedArray | readonly Uint8Array[];

/** Lengths as the C API takes them; never empty, so that it has an address. */
export function dimensions(shape: readonly number[]): BigInt64Array {
  const dims = new BigInt64Array(Math.max(1, shape.length));
  shape.forEach((length, i) => (dims[i] = BigInt(length)));
  return dims;
}

/** A TF_Tensor with a copy of these values, to be deleted with TF_DeleteTensor. */
export function newTensor(api: CApi, shape: readonly number[], type: number, values: Values): number {
  const count = shape.reduce((product, length) => product * length, 1);
  const bytes = count * bytesOf(type);
  if (!isTexts(values) && values.byteLength < bytes) {
    throw new Error(
      `A tensor [${shape.join(', ')}] takes ${bytes} bytes, its values have ${values.byteLength}.`,
    );
  }
  const tensor = api.TF_AllocateTensor(type, dimensions(shape), shape.length, bytes);
  const data = api.TF_TensorData(tensor);
  if (isTexts(values)) {
    values.forEach((text, i) => {
      const address = data + i * bytesOf(TF.string);
      api.TF_StringInit(address);
      api.TF_StringCopy(address, text, text.length);
    });
  } else {
    api.copyTo(data, values, bytes);
  }
  return tensor;
}

/**
 * A copy of the values of a TF_Tensor.
 * @param into where they are put, in the place of a new array; of its type and length, or an Error is thrown
 */
export function readTensor(api: CApi, tensor: number, into?: Float32Array): NodeJS.TypedArray | Uint8Array[] {
  const type = api.TF_TensorType(tensor);
  const data = api.TF_TensorData(tensor);
  if (into !== undefined) {
    if (type !== TF.float || api.TF_TensorByteSize(tensor) !== into.byteLength) {
      throw new Error(
        `A tensor of type ${type} with ${api.TF_TensorByteSize(tensor)} bytes is not ${into.length} float32.`,
      );
    }
    api.copyInto(data, into);
    return into;
  }
  if (type !== TF.string) return typedArray(type, api.copyFrom(data, api.TF_TensorByteSize(tensor)));
  return Array.from({ length: api.TF_TensorElementCount(tensor) }, (_, i) => {
    const address = data + i * bytesOf(TF.string);
    return new Uint8Array(api.copyFrom(api.TF_StringGetDataPointer(address), api.TF_StringGetSize(address)));
  });
}

function isTexts(values: Values): values is readonly Uint8Array[] {
  return Array.isArray(values);
}

import type { CApi } from './c-api.js';

/** The message that a call of the C API puts into a TF_Buffer. */
export function readMessage(api: CApi, fill: (buffer: number) => void): Uint8Array {
  const buffer = api.TF_NewBuffer();
  try {
    fill(buffer);
    api.check();
    return messageIn(api, buffer);
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}

/** A copy of what a TF_Buffer holds; it begins with the address and the length of its data. */
export function messageIn(api: CApi, buffer: number): Uint8Array {
  const [data, length] = new BigUint64Array(api.copyFrom(buffer, 16));
  return new Uint8Array(api.copyFrom(Number(data), Number(length)));
}

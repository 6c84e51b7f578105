import type { EagerExecutor, EagerTensor } from './eager.js';
import type { HeldTensor } from './held-tensor.js';
import type { Values } from './c-api/native-tensor.js';

/** Values on the host; on the device too once an operation asks for them. */
export class HostTensor implements HeldTensor {
  #onDevice: EagerTensor | undefined;

  constructor(
    private readonly eager: EagerExecutor,
    readonly shape: readonly number[],
    readonly type: number,
    private readonly known: Values,
  ) {}

  values(): NodeJS.TypedArray | Uint8Array[] {
    return this.known.slice() as NodeJS.TypedArray | Uint8Array[];
  }

  handle(): number {
    this.#onDevice ??= this.eager.createTensor(this.shape, this.type, this.known);
    return this.#onDevice.handle();
  }

  dispose(): void {
    this.#onDevice?.dispose();
    this.#onDevice = undefined;
  }
}
